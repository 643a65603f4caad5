import { afterAll, describe, expect, spyOn, test } from 'bun:test'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { backends, mysql, newFolder, openChat, sqlite } from '../../../test/support/chat.ts'
import { mailsTo } from '../../../test/support/mail.ts'
import { type ApiResponse, PASSWORD } from '../../../test/support/person.ts'
import { startServer } from '../../../test/support/server.ts'
import { paths } from '../../../web/paths.ts'
import { TooManyRequests } from '../../http/errors.ts'
import { enqueueVerificationMail, takeVerificationLimits } from '../email/verification-mail.ts'
import { UserEntity } from '../users/entity.ts'
import { createUser } from '../users/service.ts'

/** The error codes by field. */
const faults = ({ status, body }: ApiResponse): Record<string, unknown> => ({
  status,
  ...Object.fromEntries(body.errors.map(({ field, code }: { field: string; code: string }) => [field, code])),
})

describe.each(backends)('signing up, on $name', async (backend) => {
  const chat = await openChat(backend)
  afterAll(() => chat.close())
  const signUp = (fields: object) => chat.stranger().post(paths.api.users, { password: PASSWORD, ...fields })

  test('creates an account and signs in', async () => {
    const stranger = chat.stranger()
    const { status, body, headers } = await stranger.post(paths.api.users, {
      username: 'Ada.L-1_x',
      password: PASSWORD,
      displayName: '  Ada   Lovelace ',
      email: ' Ada@Example.org ',
    })
    expect([status, body.user]).toEqual([
      201,
      { username: 'Ada.L-1_x', displayName: 'Ada Lovelace', email: null, role: 'user' },
    ])
    expect(headers.get('set-cookie')).toContain(body.token)
    stranger.token = body.token
    expect((await stranger.get(paths.api.session)).body).toEqual({
      user: body.user,
      expiresAt: body.expiresAt,
    })
  })

  test('uses the username as display name, and no email address, by default', async () => {
    const { body } = await signUp({ username: 'plain', displayName: '  ', email: '' })
    expect(body.user).toMatchObject({ username: 'plain', displayName: 'plain', email: null })
    expect((await signUp({ username: 'plain2', email: '' })).status).toBe(201)
  })

  test('accepts usernames of 3 to 32 letters, digits, dots, dashes and underscores only', async () => {
    for (const username of ['abc', `${'x'.repeat(29)}Z.9`])
      expect((await signUp({ username })).status).toBe(201)
    for (const username of [
      '',
      'ab',
      'x'.repeat(33),
      'a b c',
      'ädä',
      'a/b/c',
      'a@b.c',
      '<script>',
      'abc\0',
      '用户名',
    ]) {
      const refusal = await signUp({ username })
      expect(faults(refusal)).toEqual({ status: 422, username: 'username' })
    }
  })

  test('removes what a keyboard adds to the username', async () => {
    for (const [typed, username] of [
      ['Typed ', 'Typed'],
      [' @typed2\n', 'typed2'],
      ['ｔｙｐｅｄ３', 'typed3'],
    ] as const) {
      expect((await signUp({ username: typed })).body.user).toMatchObject({ username, displayName: username })
      expect(faults(await signUp({ username: typed }))).toEqual({ status: 422, username: 'taken' })
    }
  })

  test('gives a username to one account only, in any case, even with concurrent requests', async () => {
    expect((await signUp({ username: 'Grace' })).status).toBe(201)
    expect(faults(await signUp({ username: 'gRACE' }))).toEqual({ status: 422, username: 'taken' })
    const both = await Promise.all(['Twin', 'twin', 'TWIN'].map((username) => signUp({ username })))
    expect(both.map(({ status }) => status).sort()).toEqual([201, 422, 422])
  })

  test('accepts valid email addresses only', async () => {
    for (const email of [
      'a',
      'a@b',
      'a@b.c d',
      '@b.org',
      'a@.org',
      'a@b..org',
      'a..b@c.org',
      '.a@b.org',
      'a\0@b.org',
      `${'x'.repeat(250)}@b.org`,
    ]) {
      expect(faults(await signUp({ username: 'nomail', email }))).toEqual({ status: 422, email: 'email' })
    }
  })

  test('accepts a display name of 80 characters in any script, without control and direction characters', async () => {
    const { status, body } = await signUp({ username: 'long', displayName: '👩‍🚀'.repeat(26) })
    expect([status, body.user.displayName]).toEqual([201, '👩‍🚀'.repeat(26)])
    expect(faults(await signUp({ username: 'longer', displayName: '字'.repeat(81) }))).toEqual({
      status: 422,
      displayName: 'display_name_long',
    })
    for (const displayName of ['a\0b', 'a\x1bb', 'a\u202eb', 'a\u2066b', 'a\ud800b']) {
      expect(faults(await signUp({ username: 'odd', displayName }))).toEqual({
        status: 422,
        displayName: 'text',
      })
    }
    expect((await signUp({ username: 'lines', displayName: 'two\r\nlines' })).body.user.displayName).toBe(
      'two lines',
    )
  })

  test('refuses a display name that nobody can see, and removes invisible characters from others', async () => {
    for (const displayName of [
      '\u3164',
      '\u200b',
      '\u2800',
      '\u00ad',
      '\u115f \u1160',
      '\u034f',
      '\u0301',
      '\ufe0f',
    ]) {
      const refusal = await signUp({ username: 'unseen', displayName })
      expect([displayName, faults(refusal)]).toEqual([displayName, { status: 422, displayName: 'invisible' }])
    }
    const { body } = await signUp({ username: 'seen', displayName: '\u200bA\u00add\u3164a\u2800' })
    expect(body.user.displayName).toBe('Ada')
  })

  test('refuses a reserved username, in any form', async () => {
    for (const username of ['admin', 'Support', 'chat-app', 'SYSTEM', 'adm1n']) {
      expect(faults(await signUp({ username }))).toEqual({ status: 422, username: 'username_reserved' })
    }
  })

  test('refuses a password that is too short, too long, malformed, common or one of the names of the user', async () => {
    for (const [password, code] of [
      ['', 'password_short'],
      ['7 chars', 'password_short'],
      ['👍'.repeat(7), 'password_short'],
      ['x'.repeat(201), 'password_long'],
      ['PassWord99', 'password_name'],
      ['Grace Hopper', 'password_name'],
      ['grace@example.org', 'password_name'],
      ['grace-77', 'password_name'],
      ['password99!', 'password_common'],
      ['Passw0rd!', 'password_common'],
      ['admin123', 'password_common'],
      ['Password1', 'password_common'],
      ['12345678', 'password_common'],
      ['qwertyuiop', 'password_common'],
      ['P@ssw0rd', 'password_common'],
      ['aaaaaaaaaaaa', 'password_common'],
      ['iloveyou2', 'password_common'],
      ['Hopper1906!', 'password_common'],
      ['half \ud83d of it', 'text'],
    ]) {
      const about = { username: 'password99', displayName: 'Grace Hopper' }
      const email = password?.startsWith('grace-') ? 'grace-77@example.org' : 'grace@example.org'
      expect(faults(await signUp({ ...about, email, password }))).toEqual({ status: 422, password: code })
    }
  })

  test('accepts a password of 8 or 200 characters, with emoji and spaces, and compares all of it', async () => {
    for (const [username, password] of [
      ['emoji', `${'👍🏽'.repeat(31)} ß`],
      ['eight', '8 chars!'],
      ['twohundred', `${'x'.repeat(199)}y`],
      ['spaces', '  around it  '],
      ['sixtyfour', '🙂'.repeat(64)],
    ] as const) {
      const stranger = chat.stranger()
      expect((await stranger.post(paths.api.users, { username, password })).status).toBe(201)
      expect((await stranger.signIn(username, password)).status).toBe(200)
      expect((await stranger.signIn(username, password.slice(0, -1))).status).toBe(401)
      expect((await stranger.signIn(username, `${password} `)).status).toBe(401)
    }
  })

  test('reports all invalid fields at once', async () => {
    const answer = await signUp({ username: 'x', password: 'short', displayName: 'a\0', email: 'nowhere' })
    expect(faults(answer)).toEqual({
      status: 422,
      username: 'username',
      password: 'password_short',
      displayName: 'text',
      email: 'email',
    })
  })

  test('refuses unknown fields such as a role or an ID', async () => {
    const raw = `{"username":"mallory","password":"${PASSWORD}","role":"admin","id":1,"__proto__":{"role":"admin"}}`
    const response = await chat.stranger().fetch(paths.api.users, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: raw,
    })
    expect(response.status).toBe(422)
    for (const more of [{ role: 'admin' }, { id: 1 }, { passwordHash: 'x' }, { disabledAt: null }]) {
      expect((await signUp({ username: 'mallory', ...more })).status).toBe(422)
    }
    const proto = `{"username":"mallory","password":"${PASSWORD}","__proto__":{"role":"admin"}}`
    await chat.stranger().fetch(paths.api.users, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: proto,
    })
    const admins = await chat.deps.orm.em.fork().count(UserEntity, { role: 'admin' })
    expect(admins).toBe(0)
  })

  test('creates no account if its verification mail cannot be stored', async () => {
    const execute = (sql: string) => chat.deps.orm.em.fork().execute(sql)
    const account = { username: 'mailless', email: 'mailless@example.org' }
    await chat.jobs.idle()
    await execute('alter table job rename to job_away')
    const { status } = await signUp(account).finally(() => execute('alter table job_away rename to job'))
    expect(status).toBe(500)
    expect((await signUp(account)).status).toBe(201)
    expect((await mailsTo(chat, account.email)).length).toBe(1)
  })

  test('counts for the limit of new accounts unless the server failed', async () => {
    const address = '192.0.2.78'
    const person = Object.assign(chat.stranger(), { address })
    const account = { username: 'patient', password: PASSWORD, email: 'patient@example.org' }
    const execute = (sql: string) => chat.deps.orm.em.fork().execute(sql)
    for (let n = 0; n < 58; n++) await chat.deps.limits.take('signUp', address)
    await chat.jobs.idle()
    await execute('alter table job rename to job_away')
    try {
      for (let n = 0; n < 4; n++) expect((await person.post(paths.api.users, account)).status).toBe(500)
    } finally {
      await execute('alter table job_away rename to job')
    }
    const invalid = { ...account, username: '!' }
    expect((await person.post(paths.api.users, invalid)).status).toBe(422)
    expect((await person.post(paths.api.users, account)).status).toBe(201)
    expect((await person.post(paths.api.users, { ...account, username: 'later' })).status).toBe(429)
  })

  test('does not count a mail if the username is taken', async () => {
    const impatient = chat.stranger()
    const email = 'impatient@example.org'
    const attempt = (username: string) =>
      impatient.post(paths.api.users, { username, password: PASSWORD, email })
    expect((await signUp({ username: 'occupied' })).status).toBe(201)
    for (let n = 0; n < 6; n++) expect((await attempt('occupied')).status).toBe(422)
    expect((await attempt('impatient')).status).toBe(201)
    expect((await mailsTo(chat, email)).length).toBe(1)
  })

  test('reports the error of the form even if a mail cannot be subtracted from its limit', async () => {
    expect((await signUp({ username: 'present' })).status).toBe(201)
    const refund = spyOn(chat.deps.limits, 'refund').mockRejectedValue(new Error('unavailable'))
    const refusal = await signUp({ username: 'present', email: 'present@example.org' }).finally(() =>
      refund.mockRestore(),
    )
    expect(faults(refusal)).toEqual({ status: 422, username: 'taken' })
    expect(chat.logged.some((line) => line.includes('a mail limit was not given back'))).toBe(true)
  })

  test('does not count mails to a full mailbox against the address that requests them', async () => {
    const full = { to: 'full@example.org', address: '192.0.2.77' }
    for (let n = 0; n < 5; n++) await takeVerificationLimits(chat.deps, full)
    for (let n = 0; n < 30; n++)
      await expect(takeVerificationLimits(chat.deps, full)).rejects.toBeInstanceOf(TooManyRequests)
    await takeVerificationLimits(chat.deps, { ...full, to: 'empty@example.org' })
  })

  test('counts no mailbox for a mail that the network may not request', async () => {
    const take = spyOn(chat.deps.limits, 'take').mockRejectedValue(new TooManyRequests(1))
    const taken = takeVerificationLimits(chat.deps, { to: 'made-up@example.org', address: '192.0.2.78' })
    await expect(taken).rejects.toBeInstanceOf(TooManyRequests)
    const rules = take.mock.calls.map(([rule]) => rule)
    take.mockRestore()
    expect(rules).toContain('mailAddress')
    expect(rules).not.toContain('verifyMail')
  })

  test('works for many users at once, each with a verification mail', async () => {
    const names = Array.from({ length: 24 }, (_, n) => `crowd-${n}`)
    const created = await Promise.all(
      names.map((username) => signUp({ username, email: `${username}@example.org` })),
    )
    expect(created.map(({ status }) => status)).toEqual(names.map(() => 201))
    for (const username of names) expect((await mailsTo(chat, `${username}@example.org`)).length).toBe(1)
  })

  test('is limited to 60 accounts from one address in 15 minutes, then 429 with Retry-After', async () => {
    const crowd = chat.stranger()
    const attempt = () => crowd.post(paths.api.users, { username: 'crowd', password: '' })
    for (let n = 0; n < 60; n++) expect((await attempt()).status).toBe(422)
    const refusal = await attempt()
    expect(refusal.status).toBe(429)
    expect(Number(refusal.headers.get('retry-after'))).toBeWithin(1, 901)
    expect(
      (await chat.stranger().post(paths.api.users, { username: 'elsewhere', password: PASSWORD })).status,
    ).toBe(201)
  })
})

test.each(backends.filter((backend) => backend === mysql))(
  'a sign-up with an email address does not wait for the transaction of another one, on $name',
  async (backend) => {
    const chat = await openChat(backend)
    const first = { username: 'first', password: PASSWORD, email: 'first@example.org' }
    await createUser(chat.deps, first, {
      afterCreate: async (em, { id }) => {
        await enqueueVerificationMail(em, chat.deps, { user: id, to: first.email, language: 'en' })
        const second = { ...first, username: 'second', email: 'second@example.org' }
        expect((await chat.stranger().post(paths.api.users, second)).status).toBe(201)
      },
    })
    for (const to of ['first', 'second']) expect((await mailsTo(chat, `${to}@example.org`)).length).toBe(1)
    await chat.close()
  },
)

test('stores the password as salted argon2id with at least 19 MiB and two passes', async () => {
  // In a separate process, because the tests in this one hash at the lowest cost.
  const DATA_DIR = newFolder()
  const server = await startServer(sqlite, { DATA_DIR })
  await Promise.all(['salt1', 'salt2'].map(server.signUp))
  await server.close()
  using database = new DatabaseSync(join(DATA_DIR, 'chatapp.sqlite'), { readOnly: true })
  const users = database.prepare('select password_hash from user').all()
  const hashes = users.map(({ password_hash }) => `${password_hash}`)
  expect(new Set(hashes).size).toBe(2)
  for (const hash of hashes) {
    const [, memory, passes] = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=1\$/.exec(hash)!
    expect(Number(memory)).toBeGreaterThanOrEqual(19_456)
    expect(Number(passes)).toBeGreaterThanOrEqual(2)
  }
  rmSync(DATA_DIR, { recursive: true })
})
