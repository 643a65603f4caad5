import { afterAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { rmSync } from 'node:fs'
import { paths } from '../../web/paths.ts'
import { User } from '../accounts/entity.ts'
import { backends, dropDatabase, type Env, newFolder, openChat } from '../testing/chat.ts'
import { run } from '../testing/process.ts'

// Processes are started, which a busy machine takes its time for.
setDefaultTimeout(30_000)

describe.each(backends)("the administrator's command, on $name", (backend) => {
  const env: Env = { DATA_DIR: newFolder(), ...backend.settings() }
  afterAll(async () => {
    if (env.DATABASE_URL) await dropDatabase(env.DATABASE_URL)
    rmSync(env.DATA_DIR!, { recursive: true })
  })
  const admin = (args: string[], input = '') => run('admin/cli.ts', env, { args, input }).ended

  test('makes an administrator before the first start, with the password from standard input', async () => {
    const made = await admin(['create', 'Root', '--name', 'Root of all'], 'correct horse battery\nnot this\n')
    expect([made.code, made.stderr]).toEqual([0, ''])
    expect(made.stdout).toContain('Root is an administrator now.')
    expect(made.stdout).not.toContain('correct horse')

    const chat = await openChat(backend, { env })
    const root = chat.stranger()
    expect((await root.signIn('root', 'correct horse battery')).body.user).toMatchObject({
      role: 'admin',
      displayName: 'Root of all',
    })
    expect((await root.get(paths.api.session)).status).toBe(200)
    expect(await chat.deps.orm.em.fork().count(User, { role: 'admin' })).toBe(1)
    await chat.close()
  })

  test('prints a link with which somebody chooses a new password', async () => {
    const made = await admin(['reset-link', 'ROOT'])
    expect([made.code, made.stderr]).toEqual([0, ''])
    const link = new URL(made.stdout.trim())
    expect(link.origin + link.pathname).toBe('http://localhost:3000/reset-password')
    const chat = await openChat(backend, { env })
    const token = link.searchParams.get('token')
    const password = 'staple battery horse'
    await chat.stranger().post(paths.api.passwordResetCompletion, { token, password })
    expect((await chat.stranger().signIn('root', password)).status).toBe(200)
    await chat.close()
    const nobody = await admin(['reset-link', 'nobody'])
    expect([nobody.code, nobody.stdout, nobody.stderr]).toEqual([1, '', 'Nobody has this username.\n'])
  })

  test('says what is wrong in plain sentences, and makes nobody', async () => {
    for (const [args, input, said] of [
      [['create', 'x'], 'short', /^username: .+\npassword: .+\n$/],
      [['create', 'ROOT'], 'correct horse battery', /^username: .*taken/],
      [['create', 'nopassword'], '', /^password: /],
    ] as const) {
      const { code, stdout, stderr } = await admin([...args], input)
      expect([code, stdout]).toEqual([1, ''])
      expect(stderr).toMatch(said)
    }
  })
})

test("the administrator's command says what there is", async () => {
  const { code, stdout } = await run('admin/cli.ts', {}, { args: ['--help'] }).ended
  expect(code).toBe(0)
  expect(stdout).toMatch(/create\s+Make an administrator/)
})
