import { expect, test } from 'bun:test'
import { join } from 'node:path'

async function bench(...args: string[]) {
  const command = [process.execPath, join(import.meta.dirname, 'run.ts'), ...args]
  const child = Bun.spawn(command, { stdio: ['ignore', 'pipe', 'pipe'] })
  const [stdout, stderr] = [new Response(child.stdout).text(), new Response(child.stderr).text()]
  return { code: await child.exited, stdout: await stdout, stderr: await stderr }
}

test('the bench measures all that has a budget, and prints it in one table', async () => {
  const { code, stdout, stderr } = await bench('--quick')
  expect({ code, stderr }).toMatchObject({ code: 0 })
  const lines = stdout.trim().split('\n')
  expect(lines.map((line) => line.split('|').length)).toEqual(lines.map(() => 8))
  expect(stdout).not.toContain('NaN')
  for (const what of [
    'SQLite and memory, 4 at once: messages',
    'MySQL and Redis, 4 at once: both told, and read, p50',
    'MySQL and Redis, an earlier page of 1,000 messages',
    'MySQL and Redis, a middle page of 200 people',
    'memory of an idle event stream, of 1,000',
    'SQLite and memory: start to first answer',
    'scripts of the chat page',
  ]) {
    expect(stdout).toContain(what)
  }
}, 300_000)

test('the bench says what it can measure', async () => {
  const { code, stderr } = await bench('--only', 'size,colour')
  expect(code).toBe(2)
  expect(stderr).toContain('There is no "colour": say some of sends, history')
})
