import { afterAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { newAdmin, setRole } from '../../../test/support/admin.ts'
import { backends, openChat } from '../../../test/support/chat.ts'
import { addCrowd } from '../../../test/support/crowd.ts'
import { lastMailTo, mailsTo } from '../../../test/support/mail.ts'
import { type ApiResponse, PASSWORD, type Person } from '../../../test/support/person.ts'
import { enableTwoFactor } from '../../../test/support/two-factor.ts'
import { adminPaths } from '../../../web/admin/paths.ts'
import { paths, withQuery } from '../../../web/paths.ts'
import { RecoveryCodeEntity, TotpEntity } from '../../accounts/two-factor/entity.ts'
import { renewRecoveryCodes } from '../../accounts/two-factor/service.ts'
import { UserEntity } from '../../accounts/users/entity.ts'
import { disableUserTwoFactor } from './two-factor.ts'

// Hashing passwords is slow on a busy machine.
setDefaultTimeout(180_000)

describe.each(backends)('an administrator, on $name,', async (backend) => {
  const chat = await openChat(backend)
  afterAll(() => chat.close())
  const root = await newAdmin(chat, 'root')
  const ada = await chat.signUp('ada', { displayName: 'Ada Lovelace' })

  const status = async (person: Person) => (await person.get(paths.api.session)).status
  const fault = ({ status, body }: ApiResponse) => [status, body.errors?.[0].field, body.errors?.[0].code]
  const own = { yourPassword: PASSWORD }
  const change = (username: string, what: object) =>
    root.patch(adminPaths.api.user(username), { ...what, ...own })
  const endTwoFactor = (username: string, by = root) =>
    by.post(adminPaths.api.twoFactorRemoval(username), own)
  const act = (action: string, ...usernames: string[]) =>
    root.post(adminPaths.api.userActions, { usernames, action })
  const names = async (query: Record<string, string | number>) =>
    (await root.get(withQuery(adminPaths.api.users, query))).body.results.map(
      ({ username }: { username: string }) => username,
    )
  /** Returns the actions in the audit log about a user, newest first. */
  const auditOf = async (user: string) =>
    (await root.get(withQuery(adminPaths.api.audit, { user }))).body.results.map(
      ({ actor, action, detail }: { actor: string; action: string; detail: object }) => [
        actor,
        action,
        detail,
      ],
    )

  /** Gives the user new recovery codes. */
  const recoveryCodesOf = async ({ username }: Person) => {
    const user = await chat.deps.orm.em.fork().findOneOrFail(UserEntity, { handle: username })
    return renewRecoveryCodes(chat.deps, user)
  }

  test('does not search for a text with a NUL character, in the API and on the page', async () => {
    for (const search of ['\0', 'ada\0', 'ada\0nothing']) {
      const { status, body } = await root.get(withQuery(adminPaths.api.users, { search }))
      expect([status, body.errors[0]]).toMatchObject([422, { field: 'search', code: 'text' }])
      expect((await root.fetch(withQuery(adminPaths.users, { search }))).status).toBe(422)
    }
  })

  test('finds users by name, username and email address, sorted by each column, in pages', async () => {
    await addCrowd(chat.deps, [
      { username: 'zoe', displayName: 'Ärzte Ünal' },
      { username: 'mei', displayName: '林美玲' },
      { username: 'old', displayName: 'Lovely', disabledAt: new Date() },
    ])
    await change('zoe', { email: 'Zoe@crowd.example' })
    expect(await names({ search: 'love', sort: 'username' })).toEqual(['ada', 'old'])
    expect(await names({ search: '玲' })).toEqual(['mei'])
    expect(await names({ search: 'arzte unal' })).toEqual(['zoe'])
    expect(await names({ search: 'zoe@crowd' })).toEqual(['zoe'])
    expect(await names({ search: 'nobody' })).toEqual([])
    expect(await names({ search: 'love', state: 'active' })).toEqual(['ada'])
    expect(await names({ state: 'disabled' })).toEqual(['old'])
    expect(await names({ role: 'admin' })).toEqual(['root'])
    for (const sort of ['createdAt', 'username', 'displayName', 'email']) {
      const all = await names({ sort })
      expect(all).toHaveLength(5)
      const crawl = async (sort: string) => {
        const found: string[] = []
        for (let cursor: string | null = ''; cursor !== null; ) {
          const { body } = await root.get(withQuery(adminPaths.api.users, { sort, cursor, limit: 2 }))
          found.push(...body.results.map(({ username }: { username: string }) => username))
          cursor = body.next
        }
        return found
      }
      expect(await crawl(sort)).toEqual(all)
      expect(await crawl(`-${sort}`)).toEqual(all.toReversed())
    }
    const { next } = (await root.get(withQuery(adminPaths.api.users, { sort: 'username', limit: 1 }))).body
    for (const [query, answer] of [
      [{ sort: 'email', cursor: next }, 400],
      [{ cursor: 'x' }, 400],
      [{ sort: 'passwordHash' }, 422],
      [{ role: 'god' }, 422],
      [{ limit: 101 }, 422],
    ] as const) {
      expect((await root.get(withQuery(adminPaths.api.users, query))).status).toBe(answer)
    }
    const { body } = await root.get(adminPaths.api.user('ADA'))
    expect(body).toEqual({
      username: 'ada',
      displayName: 'Ada Lovelace',
      email: null,
      role: 'user',
      createdAt: expect.any(String),
      lastSeenAt: expect.any(String),
      twoFactor: false,
      disabledAt: null,
      invitedBy: null,
      deletedAt: null,
    })
    expect(JSON.stringify(body)).not.toContain('argon2')
  })

  test('creates an account with the checks of sign-up', async () => {
    const input = {
      username: 'made',
      password: 'correct horse battery',
      displayName: 'Made',
      email: 'Made@x.example',
    }
    const made = await root.post(adminPaths.api.users, { ...input, role: 'admin', ...own })
    expect([made.status, made.body]).toMatchObject([
      201,
      { username: 'made', displayName: 'Made', email: 'made@x.example', role: 'admin' },
    ])
    expect((await chat.stranger().signIn('made', input.password)).status).toBe(200)
    expect(await auditOf('made')).toEqual([['root', 'user.created', { role: 'admin' }]])
    expect(fault(await root.post(adminPaths.api.users, input))).toEqual([422, 'username', 'taken'])
    expect(fault(await root.post(adminPaths.api.users, { ...input, username: 'support' }))).toEqual([
      422,
      'username',
      'username_reserved',
    ])
    expect(fault(await root.post(adminPaths.api.users, { ...input, displayName: '\u3164' }))).toEqual([
      422,
      'displayName',
      'invisible',
    ])
    expect(fault(await root.post(adminPaths.api.users, { ...input, username: 'twin' }))).toEqual([
      422,
      'email',
      'email_taken',
    ])
    expect((await root.get(adminPaths.api.user('twin'))).status).toBe(404)
    expect(fault(await root.post(adminPaths.api.users, { username: 'x', password: 'short' }))[0]).toBe(422)
    await setRole(chat, 'made', 'user')
  })

  test('changes names and addresses, and notifies the previous address only of changes', async () => {
    const bob = await chat.signUp('bob')
    expect(
      (await change('bob', { displayName: 'Bob Builder', email: 'bob@one.example' })).body,
    ).toMatchObject({
      displayName: 'Bob Builder',
      email: 'bob@one.example',
    })
    expect((await ada.get(withQuery(paths.api.users, { search: 'build' }))).body.results).toHaveLength(1)
    await change('bob', { displayName: '', email: null })
    expect((await lastMailTo(chat, 'bob@one.example')).text).toContain(
      'This address was removed from your account',
    )
    expect((await bob.get(paths.api.session)).body.user).toMatchObject({ displayName: 'bob', email: null })
    await change('bob', { displayName: 'bob' })
    expect(await auditOf('bob')).toEqual([
      ['root', 'user.changed', { changed: ['displayName', 'email'] }],
      ['root', 'user.changed', { changed: ['displayName', 'email'] }],
    ])
    expect(fault(await change('bob', { email: 'nowhere' }))).toEqual([422, 'email', 'email'])
    await change('ada', { email: 'ada@one.example' })
    expect(fault(await change('bob', { email: 'ADA@one.example' }))).toEqual([422, 'email', 'email_taken'])
    expect(fault(await change('bob', { displayName: 'x'.repeat(81) }))[2]).toBe('display_name_long')
    for (const body of [{ passwordHash: 'x' }, { role: 'god' }, { disabled: 'yes' }, { id: 1 }])
      expect((await change('bob', body)).status).toBe(422)
    expect((await change('nobody', {})).status).toBe(404)
  })

  test('disables a user, which closes every connection at once, and enables them again', async () => {
    const carl = await chat.signUp('carl')
    const stream = await carl.events()
    expect((await change('carl', { disabled: true })).body.disabledAt).toBeString()
    await stream.ended()
    expect(await status(carl)).toBe(401)
    expect((await chat.stranger().signIn('carl')).status).toBe(401)
    await change('carl', { disabled: true })
    expect((await change('carl', { disabled: false })).body.disabledAt).toBeNull()
    expect(await status(carl)).toBe(401)
    expect((await carl.signIn('carl')).status).toBe(200)
    expect((await auditOf('carl')).map(([, action]: string[]) => action)).toEqual([
      'user.enabled',
      'user.disabled',
    ])
  })

  test('lists the sessions of a user, and ends one or all', async () => {
    const dora = await chat.signUp('dora')
    const phone = chat.stranger()
    await phone.signIn('dora')
    const script = chat.stranger()
    script.token = (
      await dora.post(paths.api.tokens, { name: 'robot', days: 1, password: PASSWORD })
    ).body.token
    const list = async () => (await root.get(adminPaths.api.sessions('dora'))).body.results
    expect(await list()).toMatchObject([
      { name: 'robot', current: false, usedAt: null },
      { name: null, address: phone.address, usedAt: expect.any(String) },
      { name: null, address: dora.address },
    ])
    const stream = await phone.events()
    const [, { id }] = await list()
    expect((await root.delete(adminPaths.api.session('ada', id))).status).toBe(404)
    expect((await root.delete(adminPaths.api.session('dora', id))).status).toBe(204)
    await stream.ended()
    for (const wrong of [id, '0', '-1', '1e3', '99999999999', 'x'])
      expect((await root.delete(adminPaths.api.session('dora', wrong))).status).toBe(404)
    expect(await Promise.all([phone, script, dora].map(status))).toEqual([401, 200, 200])
    expect((await root.delete(adminPaths.api.sessions('dora'))).status).toBe(204)
    expect(await Promise.all([phone, script, dora].map(status))).toEqual([401, 401, 401])
    expect(await list()).toEqual([])
    // The actor's current session remains.
    const other = chat.stranger()
    await other.signIn('root')
    expect((await root.delete(adminPaths.api.sessions('root'))).status).toBe(204)
    expect(await Promise.all([root, other].map(status))).toEqual([200, 401])
    expect((await auditOf('dora'))[0]).toEqual(['root', 'user.sessions-ended', { ended: 2 }])
    expect((await root.get(withQuery(adminPaths.api.sessions('root'), { cursor: 'x' }))).status).toBe(400)
  })

  test('creates a password reset link, but not for a disabled account', async () => {
    await chat.signUp('emil')
    const { status: made, body } = await root.post(adminPaths.api.resetLinks('emil'), own)
    expect(made).toBe(201)
    const token = new URL(body.link).searchParams.get('token')
    const password = 'the long way home'
    expect((await chat.stranger().post(paths.api.passwordResetCompletion, { token, password })).status).toBe(
      204,
    )
    expect((await chat.stranger().signIn('emil', password)).status).toBe(200)
    expect(await auditOf('emil')).toEqual([['root', 'user.reset-link', {}]])
    expect(chat.logged.join()).not.toContain(token!)
    await change('emil', { disabled: true })
    expect((await root.post(adminPaths.api.resetLinks('emil'), own)).status).toBe(409)
  })

  test('turns off two-factor authentication of one user, who is notified by email', async () => {
    const [gus, max] = [await chat.signUp('gus'), await chat.signUp('max')]
    await change('gus', { email: 'gus@x.example' })
    for (const person of [gus, max]) await enableTwoFactor(chat, person)
    const end = (username: string) => endTwoFactor(username)
    const entering = async (username: string) => (await chat.stranger().signIn(username)).status
    const ofWhom = async (username: string) => (await root.get(adminPaths.api.user(username))).body.twoFactor
    expect([await entering('gus'), await ofWhom('gus')]).toEqual([401, true])
    expect((await end('GUS')).status).toBe(204)
    expect([await entering('gus'), await ofWhom('gus'), await status(gus)]).toEqual([200, false, 200])
    expect([await entering('max'), await ofWhom('max')]).toEqual([401, true])
    const { id: user } = await chat.deps.orm.em.fork().findOneOrFail(UserEntity, { handle: 'gus' })
    for (const kept of [TotpEntity, RecoveryCodeEntity])
      expect(await chat.deps.orm.em.fork().count(kept as typeof TotpEntity, { user })).toBe(0)
    // Mails of one moment are sent in any order.
    const subjects = (await mailsTo(chat, 'gus@x.example')).map(({ subject }) => subject)
    expect(subjects).toContain('Two-factor authentication is off')
    expect((await auditOf('gus'))[0]).toEqual(['root', 'user.two-factor-off', {}])

    const [mails, entries] = [(await mailsTo(chat, 'gus@x.example')).length, await auditOf('gus')]
    // A new setup that is not confirmed does not require codes yet.
    await gus.post(paths.api.twoFactorSetup, { password: PASSWORD })
    expect(await ofWhom('gus')).toBe(false)
    expect((await end('gus')).status).toBe(204)
    expect([(await mailsTo(chat, 'gus@x.example')).length, await auditOf('gus')]).toEqual([mails, entries])
    for (const wrong of ['nobody', '%00', 'x'.repeat(101)])
      expect([404, 422]).toContain((await end(wrong)).status)
  })

  test('cannot turn off their own two-factor authentication without the password', async () => {
    const admin = await newAdmin(chat, 'own')
    await enableTwoFactor(chat, admin)
    chat.advance(30)
    const [code] = await recoveryCodesOf(admin)
    const removal = { ...own, yourCode: code }
    expect((await admin.post(adminPaths.api.twoFactorRemoval('OWN'), removal)).status).toBe(409)
    expect((await admin.get(paths.api.twoFactor)).body.on).toBe(true)
    expect(await auditOf('own')).toEqual([])
    expect((await endTwoFactor('own')).status).toBe(204)
    await setRole(chat, 'own', 'user')
  })

  test('confirms what could give an account away with their own password, and with a code', async () => {
    const [zed, bee] = [await newAdmin(chat, 'zed'), await chat.signUp('bee')]
    const newcomer = { username: 'newcomer', password: PASSWORD, role: 'admin' }
    const actions = [
      (by: object) => zed.patch(adminPaths.api.user('bee'), { email: 'thief@x.example', ...by }),
      (by: object) => zed.patch(adminPaths.api.user('zed'), { email: 'thief@x.example', ...by }),
      (by: object) => zed.patch(adminPaths.api.user('bee'), { role: 'admin', ...by }),
      (by: object) => zed.patch(adminPaths.api.user('root'), { role: 'user', ...by }),
      (by: object) => zed.post(adminPaths.api.users, { ...newcomer, ...by }),
      (by: object) => zed.post(adminPaths.api.resetLinks('bee'), by),
      (by: object) => zed.post(adminPaths.api.resetLinks('zed'), by),
      (by: object) => zed.post(adminPaths.api.twoFactorRemoval('bee'), by),
    ]
    for (const act of actions) {
      expect(fault(await act({}))).toEqual([422, 'yourPassword', 'required'])
      expect(fault(await act({ yourPassword: '' }))).toEqual([422, 'yourPassword', 'required'])
      expect(fault(await act({ yourPassword: 'guessed' }))).toEqual([422, 'yourPassword', 'password_wrong'])
      await chat.deps.limits.clear('signIn', `zed ${zed.address}`)
    }
    await enableTwoFactor(chat, zed)
    for (const act of actions) expect(fault(await act(own))).toEqual([422, 'yourCode', 'second_factor'])
    expect(fault(await actions[0]!({ ...own, yourCode: '000000' }))).toEqual([422, 'yourCode', 'code_wrong'])
    expect((await bee.get(paths.api.session)).body.user).toMatchObject({ email: null, role: 'user' })
    expect((await zed.get(paths.api.session)).body.user.email).toBeNull()
    expect([await auditOf('bee'), await auditOf('zed')]).toEqual([[], []])
    const [code] = await recoveryCodesOf(zed)
    expect((await actions[0]!({ ...own, yourCode: code })).status).toBe(200)
    // What gives nothing away needs no password.
    const harmless = { displayName: 'Bee', email: 'thief@x.example', role: 'user' }
    expect((await zed.patch(adminPaths.api.user('bee'), harmless)).status).toBe(200)
    expect((await zed.patch(adminPaths.api.user('bee'), { disabled: true })).status).toBe(200)
    await setRole(chat, 'zed', 'user')
  })

  test('turns off two-factor authentication and records it, or does neither', async () => {
    const ida = await chat.signUp('ida')
    await enableTwoFactor(chat, ida)
    await setRole(chat, 'root', 'user')
    // Called directly, as by an administrator who is demoted during the request.
    const { id } = await chat.deps.orm.em.fork().findOneOrFail(UserEntity, { handle: 'root' })
    const actor = { id, session: null, address: null }
    await expect(disableUserTwoFactor(chat.deps, actor, 'ida')).rejects.toThrow(
      'Only administrators can do this.',
    )
    await setRole(chat, 'root', 'admin')
    expect((await ida.get(paths.api.twoFactor)).body.on).toBe(true)
    const broken = { ...chat.deps, now: () => new Date(Number.NaN) }
    await expect(disableUserTwoFactor(broken, actor, 'ida')).rejects.toThrow()
    expect((await ida.get(paths.api.twoFactor)).body.on).toBe(true)
    expect(await auditOf('ida')).toEqual([])
  })

  test('acts on all of several users, or on none', async () => {
    for (const name of ['one', 'two']) await chat.signUp(name)
    expect((await act('disable', 'one', 'nobody')).status).toBe(404)
    expect(fault(await act('disable', 'one', 'root'))).toEqual([409, 'disabled', 'self_disable'])
    expect(await names({ state: 'disabled', search: 'one' })).toEqual([])
    expect((await act('disable', 'one', 'TWO', 'two')).status).toBe(204)
    expect(await names({ state: 'disabled', search: 'two' })).toEqual(['two'])
    expect((await act('enable', 'one', 'two')).status).toBe(204)
    expect((await act('end-sessions', 'one', 'two')).status).toBe(204)
    for (const body of [{}, { usernames: [], action: 'enable' }, { usernames: ['one'], action: 'delete' }])
      expect((await root.post(adminPaths.api.userActions, body)).status).toBe(422)
    const many = Array.from({ length: 101 }, (_, n) => `u${n}`)
    expect((await act('enable', ...many)).status).toBe(422)
  })

  test('cannot change a deleted account', async () => {
    const fay = await chat.signUp('fay')
    const { id } = await chat.deps.orm.em.fork().findOneOrFail(UserEntity, { handle: 'fay' })
    await change('fay', { displayName: 'Fay' })
    await fay.post(paths.api.accountDeletion, { password: PASSWORD })
    const tombstone = `deleted-${id}`
    expect(await names({ state: 'deleted' })).toEqual([tombstone])
    expect(await names({ search: tombstone })).toEqual([])
    expect((await root.get(adminPaths.api.user(tombstone))).body).toMatchObject({
      deletedAt: expect.any(String),
    })
    expect((await change(tombstone, { disabled: false })).status).toBe(409)
    expect((await act('enable', tombstone)).status).toBe(409)
    expect((await root.delete(adminPaths.api.sessions(tombstone))).status).toBe(409)
    expect((await root.post(adminPaths.api.resetLinks(tombstone), own)).status).toBe(409)
    expect((await endTwoFactor(tombstone)).status).toBe(409)
    const log = await root.get(withQuery(adminPaths.api.audit, { user: tombstone }))
    expect(log.body.results).toHaveLength(1)
    expect(JSON.stringify(log.body).toLowerCase()).not.toContain('fay')
  })

  test('cannot remove the last administrator or disable themselves', async () => {
    expect(fault(await change('root', { disabled: true }))).toEqual([409, 'disabled', 'self_disable'])
    expect(fault(await change('root', { role: 'user' }))).toEqual([409, 'role', 'last_admin'])
    expect(fault(await root.post(paths.api.accountDeletion, { password: PASSWORD }))[0]).toBe(409)
    expect(await status(root)).toBe(200)
    const second = await newAdmin(chat, 'second')
    expect((await second.patch(adminPaths.api.user('root'), { role: 'user', ...own })).status).toBe(200)
    // Effective at the next request, not only at the next sign-in.
    expect((await root.get(adminPaths.api.users)).status).toBe(403)
    expect((await second.patch(adminPaths.api.user('root'), { role: 'admin', ...own })).status).toBe(200)
    expect((await root.get(adminPaths.api.users)).status).toBe(200)
    expect((await root.patch(adminPaths.api.user('second'), { role: 'user', ...own })).status).toBe(200)
  })

  test('remains when two administrators demote each other concurrently', async () => {
    const rival = await newAdmin(chat, 'rival')
    for (const what of [{ role: 'user' }, { disabled: true }]) {
      const answers = await Promise.all([
        root.patch(adminPaths.api.user('rival'), { ...what, ...own }),
        rival.patch(adminPaths.api.user('root'), { ...what, ...own }),
      ])
      const statuses = answers.map(({ status }) => status).sort()
      expect(statuses[0]).toBe(200)
      expect([401, 403]).toContain(statuses[1]!)
      expect(await chat.deps.orm.em.fork().count(UserEntity, { role: 'admin', disabledAt: null })).toBe(1)
      await chat.deps.orm.em
        .fork()
        .nativeUpdate(UserEntity, { handle: ['root', 'rival'] }, { role: 'admin', disabledAt: null })
      await root.signIn('root')
      await rival.signIn('rival')
    }
    await setRole(chat, 'rival', 'user')
  })
})
