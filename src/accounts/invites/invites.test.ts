import { afterAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { newAdmin, setRole } from '../../../test/support/admin.ts'
import { backends, openChat } from '../../../test/support/chat.ts'
import { PASSWORD, type Person } from '../../../test/support/person.ts'
import { adminPaths } from '../../../web/admin/paths.ts'
import { paths, withQuery } from '../../../web/paths.ts'
import { UserEntity } from '../users/entity.ts'
import { createUser } from '../users/service.ts'
import { InvitedUserEntity, InviteEntity } from './entity.ts'
import { listNewContacts } from './new-contacts.ts'

// Hashing passwords is slow on a busy machine.
setDefaultTimeout(180_000)

const DAY = 24 * 60 * 60

describe.each(backends)('an invite, on $name,', async (backend) => {
  const chat = await openChat(backend, { env: { SIGN_UP: 'invite', RATE_LIMITS: 'off' } })
  const everybody = await openChat(backend, { env: { INVITES: 'everybody' } })
  const closed = await openChat(backend, { env: { INVITES: 'everybody' } })
  afterAll(() => Promise.all([chat, everybody, closed].map((one) => one.close())))

  const { em } = chat.deps.orm
  /** Creates an account without an invite, as administrators do. */
  const newAccount = async (username: string, role: 'user' | 'admin' = 'user') => {
    await createUser(chat.deps, { username, password: PASSWORD, role }, { allowReserved: true })
    const person = chat.stranger()
    await person.signIn(username)
    return person
  }
  const root = await newAccount('root', 'admin')
  const invite = async (by: Person, input: object = {}) => {
    const { status, body } = await by.post(paths.api.invites, input)
    expect(status).toBe(201)
    return { ...body, token: new URL(body.link).searchParams.get('token')! } as Record<string, string> & {
      token: string
    }
  }
  const join = (token: string | undefined, username: string) =>
    chat.stranger().post(paths.api.users, { username, password: PASSWORD, invite: token })
  const fault = ({ status, body }: Awaited<ReturnType<typeof join>>) => [
    status,
    ...body.errors.map(({ field, code }: { field: string; code: string }) => `${field} ${code}`),
  ]
  const refused = [422, 'invite invite']
  const listOf = async (person: Person) => (await person.get(paths.api.invites)).body.results
  const revokeAll = async () => void (await em.fork().nativeDelete(InviteEntity, {}))

  test('lets one person sign up, within a week, and both see each other at the top', async () => {
    const { token, link, ...created } = await invite(root)
    expect(link).toBe(`http://localhost:3000/invite?token=${token}`)
    expect(created).toMatchObject({ name: null, uses: 1, used: 0 })
    expect(Date.parse(created.expiresAt!) - Date.parse(created.createdAt!)).toBe(7 * DAY * 1000)
    expect(await listOf(root)).toEqual([created])
    const { status, body } = await join(token, 'grace')
    expect([status, body.user.username]).toEqual([201, 'grace'])
    const contacts = async (handle: string) => {
      const { id } = await em.fork().findOneOrFail(UserEntity, { handle })
      return (await listNewContacts(chat.deps, { id })).map(({ username }) => username)
    }
    expect([await contacts('root'), await contacts('grace')]).toEqual([['grace'], ['root']])
    expect((await root.get(adminPaths.api.user('grace'))).body.invitedBy).toBe('root')
    expect((await root.get(adminPaths.api.user('root'))).body.invitedBy).toBeNull()

    const grace = Object.assign(chat.stranger(), { username: 'grace', token: body.token })
    await grace.say(root, 'Hello!')
    expect([await contacts('root'), await contacts('grace')]).toEqual([[], []])
    expect(fault(await join(token, 'again'))).toEqual(refused)
    expect(await listOf(root)).toEqual([])
  })

  test('is counted, and no invite is no way in', async () => {
    const { token } = await invite(root, { uses: 2, days: 1, name: '  The   book club ' })
    expect((await join(token, 'first')).status).toBe(201)
    expect(await listOf(root)).toEqual([expect.objectContaining({ name: 'The book club', used: 1, uses: 2 })])
    // A refused sign-up uses nothing.
    expect((await join(token, 'FIRST')).status).toBe(422)
    expect((await join(token, 'x')).status).toBe(422)
    expect((await join(token, 'second')).status).toBe(201)
    for (const wrong of [token, '', 'x', token.slice(1), `${token}x`, 'x'.repeat(100)])
      expect(fault(await join(wrong, 'third'))).toEqual(refused)
    expect(fault(await join(undefined, 'third'))).toEqual([403, 'invite invite_required'])
    expect(await em.fork().count(UserEntity, { handle: 'third' })).toBe(0)
  })

  test('is used at most as often as it allows, also by concurrent sign-ups', async () => {
    const { token } = await invite(root, { uses: 3 })
    // The database is busy for some of the concurrent requests.
    const race = async (username: string, retries = 100): ReturnType<typeof join> => {
      const answer = await join(token, username)
      return answer.status === 503 && retries > 0 ? race(username, retries - 1) : answer
    }
    const answers = await Promise.all(Array.from({ length: 8 }, (_, n) => race(`racer-${n}`)))
    const statuses = answers.map(({ status }) => status)
    expect(statuses.filter((status) => status === 201)).toHaveLength(3)
    for (const answer of answers.filter(({ status }) => status !== 201))
      expect(fault(answer)).toEqual(refused)
    expect(await em.fork().count(UserEntity, { handle: { $like: 'racer-%' } })).toBe(3)
    expect(await listOf(root)).toEqual([])
  })

  test('is one of at most twenty, also when many are created concurrently', async () => {
    // The database is busy for some of 40 concurrent requests.
    const create = async (retries = 100): ReturnType<typeof join> => {
      const answer = await root.post(paths.api.invites, {})
      return answer.status === 503 && retries > 0 ? create(retries - 1) : answer
    }
    const answers = await Promise.all(Array.from({ length: 40 }, () => create()))
    const full = answers.filter(({ status }) => status !== 201)
    expect(answers.length - full.length).toBe(20)
    for (const answer of full) expect(fault(answer)).toEqual([422, 'form invite_many'])
    expect(await listOf(root)).toHaveLength(20)
    await revokeAll()
  })

  test('has a number of uses, an end and a name within bounds', async () => {
    for (const [input, field, code] of [
      [{ uses: 0 }, 'uses', 'invalid'],
      [{ uses: 101 }, 'uses', 'invalid'],
      [{ days: 0 }, 'days', 'invalid'],
      [{ days: 91 }, 'days', 'invalid'],
      [{ days: 1.5 }, 'days', 'invalid'],
      [{ name: 'x'.repeat(61) }, 'name', 'invite_name_long'],
      [{ name: 'a\u202eb' }, 'name', 'text'],
      [{ creator: 1 }, '*', 'unexpected'],
    ] as const)
      expect(fault(await root.post(paths.api.invites, input))).toEqual([422, `${field} ${code}`])
    expect(await listOf(root)).toEqual([])
  })

  test('is stored as a hash only, and its token is in no list and no log line', async () => {
    const { token, id } = await invite(root, { name: 'Grace' })
    await join(token, 'hashed')
    const { token: open } = await invite(root, { name: 'Grace' })
    const rows = await em.fork().execute('select * from invite')
    const seen = [rows, await listOf(root), (await root.get(adminPaths.api.invites)).body, chat.logged]
    for (const secret of [token, open]) expect(JSON.stringify(seen)).not.toContain(secret)
    expect(rows).toHaveLength(1)
    expect(id).not.toBe(rows[0]?.id)
    await revokeAll()
  })

  test('expires after the given days', async () => {
    const { token } = await invite(root, { days: 1 })
    chat.advance(DAY - 60)
    await root.signIn('root')
    expect(await listOf(root)).toHaveLength(1)
    chat.advance(61)
    expect(fault(await join(token, 'late'))).toEqual(refused)
    expect(await listOf(root)).toEqual([])
    expect((await root.get(adminPaths.api.invites)).body.results).toEqual([])
  })

  test('is revoked by its creator or an administrator only, and accounts created with it stay', async () => {
    const other = await newAccount('other', 'admin')
    const ada = await newAccount('ada')
    const { token, id } = await invite(root, { uses: 2 })
    const joined = await join(token, 'kept')
    expect(joined.status).toBe(201)
    for (const person of [other, ada]) expect((await person.delete(paths.api.invite(id!))).status).toBe(404)
    expect((await ada.delete(adminPaths.api.invite(id!))).status).toBe(403)
    expect((await root.delete(paths.api.invite(id!))).status).toBe(204)
    for (const wrong of [id!, '0', 'x']) expect((await root.delete(paths.api.invite(wrong))).status).toBe(404)
    expect(fault(await join(token, 'tardy'))).toEqual(refused)
    expect((await chat.stranger().signIn('kept')).status).toBe(200)

    const second = await invite(root, { uses: 7 })
    const [listed] = (await other.get(adminPaths.api.invites)).body.results
    expect(listed).toMatchObject({ id: second.id, creator: 'root', uses: 7 })
    expect((await other.delete(adminPaths.api.invite(second.id!))).status).toBe(204)
    expect((await other.delete(adminPaths.api.invite(second.id!))).status).toBe(404)
    expect(fault(await join(second.token, 'tardy'))).toEqual(refused)
    const log = (await root.get(withQuery(adminPaths.api.audit, { user: 'root' }))).body.results
    expect(log.slice(0, 2)).toEqual([
      expect.objectContaining({ actor: 'other', action: 'invite.revoked' }),
      expect.objectContaining({ actor: 'root', action: 'invite.created', detail: { uses: 7 } }),
    ])
  })

  test('is created by administrators only by default, and not with an API token', async () => {
    const carol = await newAccount('carol')
    const forbidden = [403, 'form invite_forbidden']
    expect(fault(await carol.post(paths.api.invites, {}))).toEqual(forbidden)
    await setRole(chat, 'carol', 'admin')
    const { token } = await invite(carol)
    const script = chat.stranger()
    script.token = (
      await carol.post(paths.api.tokens, { name: 'script', days: 1, password: PASSWORD })
    ).body.token
    expect((await script.post(paths.api.invites, {})).status).toBe(403)
    expect((await chat.stranger().post(paths.api.invites, {})).status).toBe(401)
    // A former administrator's invite is refused like one that never existed, and can be revoked.
    await setRole(chat, 'carol', 'user')
    expect(fault(await join(token, 'nobody'))).toEqual(refused)
    const [{ id }] = await listOf(carol)
    expect((await carol.delete(paths.api.invite(id))).status).toBe(204)
  })

  test('is revoked when its creator is disabled or deletes the account', async () => {
    const [dora, emil] = [await newAccount('dora', 'admin'), await newAccount('emil', 'admin')]
    const [byDora, byEmil] = [await invite(dora, { uses: 9 }), await invite(emil, { uses: 9 })]
    const fay = await join(byEmil.token, 'fay')
    await root.patch(adminPaths.api.user('dora'), { disabled: true })
    expect((await emil.post(paths.api.accountDeletion, { password: PASSWORD })).status).toBe(204)
    for (const { token } of [byDora, byEmil]) expect(fault(await join(token, 'ghost'))).toEqual(refused)
    await root.patch(adminPaths.api.user('dora'), { disabled: false })
    expect(fault(await join(byDora.token, 'ghost'))).toEqual(refused)
    expect(await em.fork().count(InviteEntity, { expiresAt: { $gt: chat.deps.now() } })).toBe(0)
    // No row says whom the deleted account invited.
    const { id: user } = await em.fork().findOneOrFail(UserEntity, { handle: fay.body.user.username })
    expect(await em.fork().count(InvitedUserEntity, { user })).toBe(0)
  })

  test('is refused when its creator is disabled during the sign-up', async () => {
    const gus = await newAccount('gus', 'admin')
    const { token } = await invite(gus, { uses: 9 })
    const racing = Array.from({ length: 4 }, (_, n) => join(token, `gust-${n}`))
    const disabling = root.patch(adminPaths.api.user('gus'), { disabled: true })
    const answers = await Promise.all(racing)
    expect((await disabling).status).toBe(200)
    for (const { status } of answers) expect([201, 422, 503]).toContain(status)
    expect(fault(await join(token, 'gust-late'))).toEqual(refused)
  })

  test('is in the export of its creator without its link, with the people who joined, and in theirs', async () => {
    const { token } = await invite(root, { name: 'Family', uses: 2 })
    const { body } = await join(token, 'henry')
    const henry = Object.assign(chat.stranger(), { token: body.token })
    const own = (await root.get(paths.api.export)).body
    expect(own.invites).toEqual([expect.objectContaining({ name: 'Family', used: 1 })])
    expect(own.invited).toContainEqual({ username: 'henry', displayName: 'henry' })
    expect([own.account.invitedBy, JSON.stringify(own).includes(token)]).toEqual([null, false])
    const theirs = (await henry.get(paths.api.export)).body
    expect([theirs.account.invitedBy, theirs.invites, theirs.invited]).toEqual(['root', [], []])
  })

  test('is created by everybody if the operator allows it, and opens a server with open sign-up, too', async () => {
    const ida = await everybody.signUp('ida')
    const { body } = await ida.post(paths.api.invites, {})
    const token = new URL(body.link).searchParams.get('token')!
    const joined = await everybody.stranger().signUp('joanna', { invite: token } as object)
    expect((await joined.get(paths.api.export)).body.account.invitedBy).toBe('ida')
    const wrong = await everybody.stranger().post(paths.api.users, {
      username: 'kim',
      password: PASSWORD,
      invite: token,
    })
    expect(fault(wrong)).toEqual(refused)
    // Creating an invite is an action of an administrator only if one does it.
    const admin = await newAdmin(everybody, 'admin')
    expect((await admin.get(adminPaths.api.audit)).body.results).toEqual([])
  })

  test('neither is created nor works while sign-up is closed', async () => {
    const lea = await closed.signUp('lea')
    const { body } = await lea.post(paths.api.invites, {})
    const token = new URL(body.link).searchParams.get('token')!
    const { config } = closed.deps
    Object.assign(config, { signUp: 'closed' })
    const account = { username: 'max', password: PASSWORD, invite: token }
    expect(fault(await closed.stranger().post(paths.api.users, account))).toEqual([
      403,
      'form sign_up_closed',
    ])
    expect(fault(await lea.post(paths.api.invites, {}))).toEqual([403, 'form invite_forbidden'])
    const page = await closed.stranger().fetch(withQuery(paths.invite, { token }), {
      headers: { accept: 'text/html' },
    })
    expect([page.status, await page.text()]).toEqual([403, expect.stringContaining('Sign-up is closed')])
  })
})
