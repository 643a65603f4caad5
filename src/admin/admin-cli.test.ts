import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { rmSync } from 'node:fs'
import {
  type Backend,
  backends,
  dropDatabase,
  type Env,
  newFolder,
  openChat,
  sqlite,
} from '../../test/support/chat.ts'
import { run } from '../../test/support/process.ts'
import { enableTwoFactor } from '../../test/support/two-factor.ts'
import { adminPaths } from '../../web/admin/paths.ts'
import { paths } from '../../web/paths.ts'
import { UserEntity } from '../accounts/users/entity.ts'

// Starting processes is slow on a busy machine.
setDefaultTimeout(180_000)

describe.each(backends)('the admin CLI, on $name,', (backend) => {
  const { env, admin } = commandLine(backend)

  test('creates an administrator before the first start, with the password from standard input', async () => {
    const made = await admin(
      ['create', '@Root ', '--name', 'Root of all'],
      'correct horse battery\nnot this\n',
    )
    expect([made.code, made.stderr]).toEqual([0, ''])
    expect(made.stdout).toContain('Root is now an administrator.')
    expect(made.stdout).not.toContain('correct horse')

    const chat = await openChat(backend, { env })
    const root = chat.stranger()
    expect((await root.signIn('root', 'correct horse battery')).body.user).toMatchObject({
      role: 'admin',
      displayName: 'Root of all',
    })
    expect((await root.get(paths.api.session)).status).toBe(200)
    expect(await chat.deps.orm.em.fork().count(UserEntity, { role: 'admin' })).toBe(1)
    await chat.close()
  })
})

describe('the admin CLI', () => {
  const { env, admin } = commandLine(sqlite)
  beforeAll(() => admin(['create', 'Root'], 'correct horse battery\n'))

  test('prints a link that sets a new password', async () => {
    const made = await admin(['reset-link', 'ROOT'])
    expect([made.code, made.stderr]).toEqual([0, ''])
    const link = new URL(made.stdout.trim())
    expect(link.origin + link.pathname).toBe('http://localhost:3000/reset-password')
    const chat = await openChat(sqlite, { env })
    const token = link.searchParams.get('token')
    const password = 'staple battery horse'
    await chat.stranger().post(paths.api.passwordResetCompletion, { token, password })
    expect((await chat.stranger().signIn('root', password)).status).toBe(200)
    await chat.close()
    const nobody = await admin(['reset-link', 'nobody'])
    expect([nobody.code, nobody.stdout, nobody.stderr]).toEqual([1, '', 'No user has this name.\n'])
  })

  test('lists, disables and enables accounts, sets passwords and ends sessions, and records it in the audit log', async () => {
    const chat = await openChat(sqlite, { env })
    const bob = await chat.signUp('bob', { displayName: 'Bob' })
    const listed = await admin(['list', '--search', 'bo', '--role', 'user', '--state', 'active'])
    expect([listed.code, listed.stdout]).toEqual([
      0,
      expect.stringMatching(/^bob\tuser\tactive\t\S+\t-\tBob\n$/),
    ])
    const status = async () => (await bob.get(paths.api.session)).status
    const sessions = (await admin(['sessions', 'bob'])).stdout.split('\t')
    expect(sessions[2]).toBe(bob.address)
    expect((await admin(['sessions', 'bob', '--end', sessions[0]!])).code).toBe(0)
    expect(await status()).toBe(401)
    const password = 'staple battery horse'
    const changed = await admin(['password', 'BOB'], `${password}\n`)
    expect([changed.code, changed.stdout.includes(password)]).toEqual([0, false])
    expect((await bob.signIn('bob', password)).status).toBe(200)
    expect((await admin(['sessions', 'bob', '--end', 'all'])).code).toBe(0)
    expect((await bob.signIn('bob', password)).status).toBe(200)
    expect((await admin(['disable', ' @bob'])).stdout).toBe('bob is disabled.\n')
    expect([await status(), (await bob.signIn('bob', password)).status]).toEqual([401, 401])
    expect((await admin(['enable', 'bob'])).code).toBe(0)
    expect((await admin(['role', 'bob', 'admin'])).stdout).toContain('bob is now an administrator.')
    expect((await admin(['role', 'bob', 'user'])).code).toBe(0)
    expect((await admin(['role', 'bob', 'king'])).stderr).toContain('must be one of: admin, user')
    expect((await bob.signIn('bob', password)).status).toBe(200)

    const root = chat.stranger()
    await root.signIn('root', 'staple battery horse')
    const { results } = (await root.get(`${adminPaths.api.audit}?user=@bob%20`)).body
    const entries = results.map(({ actor, action, address }: Record<string, string>) => [
      actor,
      action,
      address,
    ])
    expect(entries).toEqual(
      [
        'user.demoted',
        'user.promoted',
        'user.enabled',
        'user.disabled',
        'user.sessions-ended',
        'user.password',
        'user.sessions-ended',
      ].map((action) => [null, action, null]),
    )
    await chat.close()
  })

  test('turns off two-factor authentication, even for the only administrator', async () => {
    const chat = await openChat(sqlite, { env })
    const [cleo, dan] = [await chat.signUp('cleo'), await chat.signUp('dan')]
    for (const person of [cleo, dan]) await enableTwoFactor(chat, person)
    const status = async (username: string) => (await chat.stranger().signIn(username)).status
    expect(await status('cleo')).toBe(401)
    await chat.deps.orm.em.fork().nativeUpdate(UserEntity, { handle: 'root' }, { role: 'user' })
    await chat.deps.orm.em.fork().nativeUpdate(UserEntity, { handle: 'cleo' }, { role: 'admin' })
    const done = await admin(['two-factor-off', 'Cleo'])
    expect([done.code, done.stdout, done.stderr]).toEqual([0, 'Cleo has no two-factor authentication.\n', ''])
    expect([await status('cleo'), await status('dan')]).toEqual([200, 401])
    expect((await admin(['two-factor-off', 'cleo'])).code).toBe(0)
    const { results } = (await cleo.get(`${adminPaths.api.audit}?user=cleo`)).body
    expect(results).toMatchObject([{ actor: null, action: 'user.two-factor-off', address: null }])
    await chat.deps.orm.em.fork().nativeUpdate(UserEntity, { handle: 'cleo' }, { role: 'user' })
    await chat.deps.orm.em.fork().nativeUpdate(UserEntity, { handle: 'root' }, { role: 'admin' })
    await chat.close()
  })

  test.each([
    [['create', 'x'], 'short', /^username: .+\npassword: .+\n$/],
    [['create', 'newadmin'], 'NewAdmin2024!', /^password: .+too easy to guess.+\n$/],
    [['password', 'root'], 'Summer2024!', /^password: .+too easy to guess.+\n$/],
    [['create', 'new', '--role', 'god'], 'correct horse battery', /^--role must be one of: admin, user\.$/m],
    [['create', 'new', 'correct horse battery'], '', /^Too many arguments: expected 1, got 2/],
    [['create', 'new', '--pasword', 'x'], '', /^Unknown option --pasword/],
    [['disable', 'root'], '', /^This is the only administrator\.$/m],
    [['sessions', 'root', '--end', 'x'], '', /^There is no such session\.$/m],
    [['list', '--state'], '', /^--state needs a value/],
  ] as const)('rejects %j with a plain message', async (args, input, message) => {
    const { code, stdout, stderr } = await admin([...args], input)
    expect([code, stdout]).toEqual([1, ''])
    expect(stderr).toMatch(message)
  })
})

test('the admin CLI lists its commands', async () => {
  const { code, stdout } = await run('src/admin/admin-cli.ts', {}, { args: ['--help'] }).ended
  expect(code).toBe(0)
  expect(stdout).toMatch(/create\s+Create an administrator/)
})

/** The CLI on a new database, which is removed after the tests. */
function commandLine(backend: Backend) {
  const env: Env = { DATA_DIR: newFolder(), ...backend.settings() }
  afterAll(async () => {
    if (env.DATABASE_URL) await dropDatabase(env.DATABASE_URL)
    rmSync(env.DATA_DIR!, { recursive: true })
  })
  return {
    env,
    admin: (args: string[], input = '') => run('src/admin/admin-cli.ts', env, { args, input }).ended,
  }
}
