import { afterEach, beforeEach, expect, test } from 'bun:test'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

let project: string
beforeEach(async () => {
  project = await mkdtemp(join(tmpdir(), 'chatapp-test-'))
  await write('src/double.ts', 'export function double(n: number) {\n  return 2 * n\n}\n')
  await write('src/double.test.ts', testOf('double', `test('doubles', () => expect(double(2)).toBe(4))`))
})
afterEach(() => rm(project, { recursive: true }))

test('the last line counts passed tests, with coverage as one', async () => {
  const { lastLine, code } = await runTests('unit')
  expect(lastLine).toBe('2 passed, 0 failed')
  expect(code).toBe(0)
})

test('a failing test fails the run and is printed in full, without the passed ones', async () => {
  await write('src/wrong.test.ts', testOf('double', `test('is wrong', () => expect(double(2)).toBe(5))`))
  const { output, lastLine, code } = await runTests('unit')
  expect({ lastLine, code }).toEqual({ lastLine: '2 passed, 1 failed', code: 1 })
  expect(output).toContain('(fail) is wrong')
  expect(output).toContain('Expected: 5')
  expect(output).not.toContain('(pass)')
})

test('a skipped test counts as failed', async () => {
  await write('src/later.test.ts', testOf('double', `test.skip('is put off', () => {})`))
  const { output, lastLine, code } = await runTests('unit')
  expect({ lastLine, code }).toEqual({ lastLine: '2 passed, 1 failed', code: 1 })
  expect(output).toContain('(skip) is put off')
})

test('a test file that cannot be loaded fails the run', async () => {
  await write('src/broken.test.ts', `import './nothing.ts'`)
  expect(await runTests('unit')).toMatchObject({ lastLine: '2 passed, 1 failed', code: 1 })
})

test('a process that exits during its tests fails the run and the coverage', async () => {
  await write('src/gone.test.ts', testOf('double', `test('ends', () => process.exit(0))`))
  expect(await runTests('unit')).toMatchObject({ lastLine: '1 passed, 2 failed', code: 1 })
})

test('a run without any test fails', async () => {
  await rm(join(project, 'src/double.test.ts'))
  const { output, lastLine } = await runTests('unit')
  expect(output).toContain('No tests ran.')
  expect(lastLine).toBe('0 passed, 2 failed')
})

test('a file without tests counts as not covered, a file of types does not count', async () => {
  await write('web/unseen.tsx', 'export function unseen() {\n  return <p>unseen</p>\n}\n')
  await write('web/types.ts', '/** Only types. */\nexport type Size = {\n  width: number\n}\n')
  const { output, lastLine } = await runTests('unit')
  expect(output).toMatch(/ 0\.0 % {2}web\/unseen\.tsx/)
  expect(output).not.toContain('types.ts')
  expect(output).toMatch(
    /coverage: the tests cover \d+\.\d % of the lines in src\/ and web\/; the minimum is 90 %\./,
  )
  expect(lastLine).toBe('1 passed, 1 failed')
})

test('checks and browser tests that cannot start count as failed', async () => {
  expect(await runTests('static', 'e2e')).toMatchObject({ lastLine: '0 passed, 4 failed', code: 1 })
})

test('quick runs the tests on SQLite only and without coverage', async () => {
  await write(
    'src/backends.test.ts',
    testOf('double', `test('is quick', () => expect(process.env.TEST_BACKENDS).toBe('sqlite'))`),
  )
  await write('src/messages/faults.test.ts', `throw new Error('needs MariaDB')`)
  // The three static checks cannot start here.
  expect(await runTests('quick')).toMatchObject({ lastLine: '2 passed, 3 failed', code: 1 })
})

test('an unknown part is rejected', async () => {
  const { output, code } = await runTests('everything')
  expect(output).toStartWith('Unknown part "everything". Available: static, unit, e2e, faults, quick')
  expect(code).toBe(2)
})

async function runTests(...parts: string[]) {
  const command = [process.execPath, join(import.meta.dir, 'test.ts'), ...parts]
  // Without a given Redis, files run in parallel.
  const env = { ...process.env, TEST_REDIS_URL: '' }
  const child = Bun.spawn(command, { cwd: project, env, stdio: ['ignore', 'pipe', 'pipe'] })
  const [out, error] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ])
  return { output: out + error, lastLine: out.trimEnd().split('\n').at(-1), code: await child.exited }
}

const write = (path: string, text: string) => Bun.write(join(project, path), text)

const testOf = (name: string, text: string) =>
  `import { expect, test } from 'bun:test'\nimport { ${name} } from './${name}.ts'\n${text}\nvoid [expect, ${name}]\n`
