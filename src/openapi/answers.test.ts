import { afterAll, expect, test } from 'bun:test'
import { newAdmin } from '../../test/support/admin.ts'
import { newAuthenticator } from '../../test/support/authenticator.ts'
import { codeAt } from '../../test/support/authenticator-app.ts'
import { type Chat, openChat, sqlite } from '../../test/support/chat.ts'
import { lastMailTo } from '../../test/support/mail.ts'
import { type Answered, checkerOf, readDocument } from '../../test/support/openapi-document.ts'
import { PASSWORD, type Person } from '../../test/support/person.ts'
import { gif } from '../../test/support/pictures.ts'
import { adminPaths } from '../../web/admin/paths.ts'
import { paths, withQuery } from '../../web/paths.ts'
import { PICTURE_BYTES } from '../accounts/profile/picture-limits.ts'
import { UserEntity } from '../accounts/users/entity.ts'
import { TooManyRequests } from '../http/errors.ts'
import { BODY_BYTES } from '../http/request-body.ts'

/** Documented responses that this test cannot cause. */
const UNSEEN = ['setAvatar 501', 'openEvents 101', 'isLive 500', 'isReady 500']

// Includes the optional operations.
const env = { ADMIN_READS_MESSAGES: 'on' }
const chat = await openChat(sqlite, { env })
const broken = await openChat(sqlite, {
  env,
  using: (deps) => ({ ...deps, orm: {} as never }),
})
const offline = await openChat(sqlite, {
  env,
  using: (deps) => ({ ...deps, orm: unreachable() as never }),
})
const busy = await openChat(sqlite, {
  env,
  using: (deps) => ({ ...deps, limits: { ...deps.limits, take: refuse } }),
})
afterAll(() => Promise.all([chat, broken, offline, busy].map((chat) => chat.close())))
const { document, operations } = await readDocument(chat)

const answers: Answered[] = []
await tour()
await refusals()
await faults(broken)
await faults(offline)
await faults(busy)

const { validate, check } = checkerOf(document)

test('every response is documented and matches its media type and schema', () => {
  for (const answer of answers) {
    const { operation, status } = answer
    expect([operation.operationId, status, check(answer)]).toEqual([operation.operationId, status, null])
  }
})

test('every documented response occurs', () => {
  const seen = new Set(answers.map(({ operation, status }) => `${operation.operationId} ${status}`))
  const named = operations.flatMap(({ operationId, responses }) =>
    // Every operation with an entity tag has 304, which another test requests.
    Object.keys(responses)
      .filter((status) => status !== '304')
      .map((status) => `${operationId} ${status}`),
  )
  expect(named.filter((answer) => !seen.has(answer))).toEqual(UNSEEN)
})

test('every example in the document matches its schema', () => {
  const examples = new Map<object, { schema: object; example: unknown }>()
  const collect = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return
    if ('example' in node) {
      const schema = 'schema' in node ? (node.schema as object) : node
      examples.set(node, { schema, example: node.example })
    }
    Object.values(node).forEach(collect)
  }
  collect(document)
  expect(examples.size).toBeGreaterThan(50)
  for (const { schema, example } of examples.values()) expect(validate(schema, example)).toBe('No errors')
})

/** Calls every operation: one step for each feature. */
async function tour() {
  const ada = watched(await chat.signUp('ada', { email: 'ada@example.org' }))
  const bob = watched(await chat.signUp('bob'))
  await emailAddress(ada, bob)
  await signingIn()
  await people(ada, bob)
  const message = await conversation(ada, bob)
  await blocksAndReports(ada, bob, message)
  await unknownPeople(bob)

  const carol = watched(await chat.signUp('carol'))
  const script = watched(chat.stranger())
  await apiTokens(carol, script)
  await passkeys(carol, script)
  await twoFactor(carol)
  await avatars(carol, bob)
  await endOfAccount(carol)

  const root = watched(await newAdmin(chat, 'root'))
  await administeredAccounts(root)
  await administeredReports(root, message)
  await invites(root, bob)
  await administrationOfNothing(root)
  await administrationOfDeleted(root)

  await liveConnections(ada, bob)
  await bob.get(paths.live)
  await bob.get(paths.ready)
}

async function emailAddress(ada: Person, bob: Person) {
  const token = async () => (await lastMailTo(chat, 'ada@example.org')).link.searchParams.get('token')
  await ada.post(paths.api.emailVerification, { token: await token() })
  await ada.put(paths.api.email, { email: 'ada@example.com', password: PASSWORD })
  await ada.get(paths.api.email)
  for (let n = 0; n <= 5; n++) await ada.post(paths.api.passwordResets, { email: 'ada@example.org' })
  await ada.post(paths.api.passwordResetCompletion, { token: await token(), password: PASSWORD })
  await ada.signIn('ada')
  for (let n = 0; n <= 10; n++) await bob.put(paths.api.email, { email: null, password: 'guessed' })
}

async function signingIn() {
  const stranger = watched(chat.stranger())
  const grace = watched(chat.stranger())
  await grace.signUp('grace')
  await grace.signIn('grace')
  await grace.signIn('grace', 'not her password')
  await grace.get(paths.api.session)
  await grace.delete(paths.api.session)
  for (let n = 0; n <= 60; n++) await stranger.post(paths.api.users, { username: 'x', password: 'x' })
  for (let n = 0; n <= 10; n++) await stranger.signIn('nobody', 'guessed')
}

async function people(ada: Person, bob: Person) {
  await ada.get(withQuery(paths.api.users, { search: 'b', limit: 1 }))
  await ada.get(paths.api.user('bob'))
  for (const list of [paths.api.users, paths.api.conversations, paths.api.blocks])
    await bob.get(`${list}?cursor=x`)
}

/** @returns the ID of a message to Bob */
async function conversation(ada: Person, bob: Person): Promise<string> {
  await ada.post(paths.api.messages('bob'), { body: 'one', clientId: '1' })
  await ada.post(paths.api.messages('bob'), { body: 'one', clientId: '1' })
  await ada.post(paths.api.messages('bob'), { body: 'two', clientId: '1' })
  await ada.say(bob, 'three')
  await bob.get(withQuery(paths.api.messages('ada'), { limit: 1 }))
  await bob.get(withQuery(paths.api.messages('ada'), { before: 1, after: 1 }))
  await bob.get(withQuery(paths.api.changes('ada'), { since: 0 }))
  const page = await bob.get(paths.api.conversations)
  await bob.get(paths.api.message(page.body.results[0].lastMessage.id))
  await bob.put(paths.api.read('ada'), { seq: 1 })
  return page.body.results[0].lastMessage.id
}

async function blocksAndReports(ada: Person, bob: Person, message: string) {
  for (let n = 0; n < 2; n++) await bob.post(paths.api.reports(message), { reason: 'It is an insult.' })
  await bob.post(paths.api.reports('99-1'), { reason: 'It is an insult.' })
  await bob.put(paths.api.block('ada'), undefined)
  await ada.post(paths.api.messages('bob'), { body: 'Hello?' })
  await bob.get(paths.api.blocks)
  await bob.delete(paths.api.block('ada'))
  await bob.put(paths.api.block('bob'), undefined)
}

async function unknownPeople(bob: Person) {
  await bob.get(paths.api.user('nobody'))
  await bob.get(paths.api.message('99-1'))
  await bob.get(paths.api.messages('nobody'))
  await bob.get(withQuery(paths.api.changes('nobody'), { since: 0 }))
  await bob.post(paths.api.messages('nobody'), { body: 'Hello?' })
  await bob.put(paths.api.read('nobody'), { seq: 1 })
}

async function apiTokens(carol: Person, script: Person) {
  const { id, token } = (await carol.post(paths.api.tokens, { name: 'script', days: 1, password: PASSWORD }))
    .body
  script.token = token
  for (const { example, method, path } of operations)
    if (method === 'GET' && path !== paths.api.events) await script.get(example)
  await carol.get(paths.api.tokens)
  await carol.delete(paths.api.token(id))
  await carol.put(paths.api.settings, { displayName: 'Carol', language: null, theme: null, zone: null })
}

async function passkeys(carol: Person, script: Person) {
  const device = newAuthenticator(chat.deps.config.origin)
  const creation = await carol.post(paths.api.passkeyCreation, { password: PASSWORD })
  const passkey = await carol.post(paths.api.passkeys, {
    name: 'key',
    credential: device.create(creation.body),
  })
  await carol.get(paths.api.passkeys)
  await carol.put(paths.api.passkey(passkey.body.id), { name: 'Key' })
  const credential = device.get((await script.post(paths.api.passkeyRequest, undefined)).body)
  for (let n = 0; n < 2; n++) await script.post(paths.api.passkeySession, { credential })
  await carol.post(paths.api.passkeyRemoval(passkey.body.id), { password: PASSWORD })
  await carol.post(paths.api.passkeyRemoval(passkey.body.id), { password: PASSWORD })
  await carol.put(paths.api.passkey(passkey.body.id), { name: 'Key' })
}

async function twoFactor(carol: Person) {
  const proof = { password: PASSWORD }
  await carol.post(paths.api.recoveryCodes, proof)
  const { secret } = (await carol.post(paths.api.twoFactorSetup, proof)).body
  const on = await carol.post(paths.api.twoFactor, { code: codeAt(secret, new Date()) })
  const [first, second, third] = on.body.recoveryCodes
  await carol.get(paths.api.twoFactor)
  await carol.post(paths.api.twoFactorSetup, { ...proof, code: first })
  const renewed = await carol.post(paths.api.recoveryCodes, { ...proof, code: second })
  await carol.signIn('carol')
  await carol.post(paths.api.twoFactorRemoval, { ...proof, code: third })
  await carol.post(paths.api.twoFactorRemoval, { ...proof, code: renewed.body.recoveryCodes[0] })
}

async function avatars(carol: Person, bob: Person) {
  const picture = (body: Uint8Array) =>
    carol.fetch(paths.api.avatar, {
      method: 'PUT',
      headers: { 'content-type': 'image/gif' },
      body: Buffer.from(body),
    })
  for (const body of [gif, Buffer.alloc(0), Buffer.from('x'), Buffer.alloc(PICTURE_BYTES + 1)])
    await picture(body)
  const shown = await bob.fetch(paths.api.avatarOf('carol'))
  const known = { authorization: `Bearer ${bob.token}`, 'if-none-match': shown.headers.get('etag')! }
  await bob.fetch(paths.api.avatarOf('carol'), { headers: known })
  await carol.delete(paths.api.avatar)
  await bob.get(paths.api.avatarOf('carol')).catch(() => {})
}

async function endOfAccount(carol: Person) {
  await carol.put(paths.api.password, { password: PASSWORD, newPassword: 'the long way home' })
  await carol.get(`${paths.api.sessions}?cursor=x`)
  const { results } = (await carol.get(paths.api.sessions)).body
  await carol.get(paths.api.export)
  await carol.delete(paths.api.sessionOf(results[0].id))
  await carol.signIn('carol', 'the long way home')
  const admin = (role: 'user' | 'admin') =>
    chat.deps.orm.em.fork().nativeUpdate(UserEntity, { handle: 'carol' }, { role })
  await admin('admin')
  await carol.post(paths.api.accountDeletion, { password: 'the long way home' })
  await admin('user')
  await carol.post(paths.api.accountDeletion, { password: 'the long way home' })
}

async function administeredAccounts(root: Person) {
  await chat.signUp('hedy')
  await root.get(adminPaths.api.overview)
  await root.get(adminPaths.api.audit)
  await root.get(adminPaths.api.users)
  await root.post(adminPaths.api.users, { username: 'ivan', password: PASSWORD })
  await root.get(adminPaths.api.user('hedy'))
  await root.patch(adminPaths.api.user('hedy'), { displayName: 'Hedy' })
  await root.patch(adminPaths.api.user('root'), { disabled: true })
  await root.get(adminPaths.api.sessions('hedy'))
  const { results } = (await root.get(adminPaths.api.sessions('hedy'))).body
  await root.delete(adminPaths.api.session('hedy', results[0].id))
  await root.delete(adminPaths.api.sessions('hedy'))
  const own = { yourPassword: PASSWORD }
  await root.post(adminPaths.api.resetLinks('hedy'), own)
  for (const username of ['hedy', 'root', 'nobody'])
    await root.post(adminPaths.api.twoFactorRemoval(username), own)
  for (const usernames of [['hedy'], ['root'], ['nobody']])
    await root.post(adminPaths.api.userActions, { usernames, action: 'disable' })
  await root.post(adminPaths.api.resetLinks('hedy'), own)
}

async function administeredReports(root: Person, message: string) {
  const [report] = (await root.get(adminPaths.api.reports)).body.results
  await root.get(adminPaths.api.report(report.id))
  for (const outcome of ['dismissed', 'deleted'])
    await root.post(adminPaths.api.decision(report.id), { outcome })
  await root.get(adminPaths.api.messages)
  await root.get(adminPaths.api.message(message))
  const { users, audit, reports, messages, sessions } = adminPaths.api
  for (const list of [users, audit, reports, messages, sessions('hedy')])
    for (const query of ['cursor=x', 'limit=0']) await root.get(`${list}?${query}`)
  await root.post(users, {})
}

async function invites(root: Person, bob: Person) {
  const create = async () => (await root.post(paths.api.invites, {})).body.id
  await bob.post(paths.api.invites, {})
  for (const remove of [(id: string) => paths.api.invite(id), (id: string) => adminPaths.api.invite(id)]) {
    const id = await create()
    await root.get(paths.api.invites)
    await root.get(adminPaths.api.invites)
    for (let n = 0; n < 2; n++) await root.delete(remove(id))
  }
  for (const list of [paths.api.invites, adminPaths.api.invites])
    for (const query of ['cursor=x', 'limit=0']) await root.get(`${list}?${query}`)
  await root.post(paths.api.invites, { uses: 0 })
}

async function administrationOfNothing(root: Person) {
  const nobody = adminPaths.api.user('nobody')
  await root.get(nobody)
  await root.patch(nobody, {})
  for (const list of ['', '/42']) await root.delete(`${nobody}/sessions${list}`)
  await root.get(`${nobody}/sessions`)
  await root.post(`${nobody}/reset-links`, { yourPassword: PASSWORD })
  await root.get(adminPaths.api.report('99'))
  await root.post(adminPaths.api.decision('99'), { outcome: 'dismissed' })
  await root.get(adminPaths.api.message('99-1'))
}

async function administrationOfDeleted(root: Person) {
  const { id } = await chat.deps.orm.em.fork().findOneOrFail(UserEntity, { deletedAt: { $ne: null } })
  const tombstone = adminPaths.api.user(`deleted-${id}`)
  for (const list of ['', '/42']) await root.delete(`${tombstone}/sessions${list}`)
  for (const { method, path } of operations.filter(({ path }) => path.includes('/admin/'))) {
    const where = path.replace('{id}', '1').replace('{username}', 'hedy')
    const body = { body: '{"x":1}', headers: { 'content-type': 'application/json' } }
    await root.fetch(where, { method, ...(method !== 'GET' && body) })
  }
}

async function liveConnections(ada: Person, bob: Person) {
  const closing = new AbortController()
  for (let n = 0; n <= 20; n++) await ada.fetch(paths.api.events, { signal: closing.signal })
  closing.abort()
  const headers = { upgrade: 'websocket', authorization: `Bearer ${bob.token}` }
  await bob.fetch(paths.api.events, { headers })
  await bob.fetch(paths.api.events, { headers: { ...headers, origin: 'https://elsewhere.example' } })
  const handshake = new Request(`http://localhost${paths.api.events}`, { headers })
  await record(
    'GET',
    paths.api.events,
    await chat.app.fetch(handshake, { address: bob.address, upgrade: () => false }),
  )
}

/** Sends invalid requests to every operation. */
async function refusals() {
  const json = { 'content-type': 'application/json' }
  const eve = watched(await chat.signUp('eve'))
  for (const { example, method, path } of operations) {
    if (path !== paths.api.events) {
      const tooLong = path.replace(/\{\w+\}/, 'x'.repeat(101))
      await eve.fetch(`${tooLong}?unknown=1`, {
        method,
        ...(method !== 'GET' && { headers: json, body: '{}' }),
      })
    }
    // The request may have signed out.
    await eve.signIn('eve')
    if (method === 'GET') continue
    await eve.fetch(example, { method, headers: json, body: '{' })
    await eve.fetch(example, { method, headers: json, body: ' '.repeat(BODY_BYTES + 1) })
    await eve.fetch(example, { method, headers: { 'content-type': 'text/plain' }, body: 'x' })
    await eve.fetch(example, { method, headers: { origin: 'https://elsewhere.example' } })
  }
  const stranger = watched(chat.stranger())
  for (const { example, method } of operations) await stranger.fetch(example, { method })
}

/** Calls every operation of an app with a fault. */
async function faults(chat: Chat) {
  const ada = watched(chat.stranger())
  const soon = new Date(Date.now() + 60_000)
  ada.token = await chat.deps.tokens.sign(1, 'key', soon)
  const token = 'x'.repeat(43)
  const bodies: Record<string, object> = {
    [paths.api.users]: { username: 'ada', password: PASSWORD },
    [paths.api.session]: { username: 'ada', password: PASSWORD },
    [paths.api.passwordResets]: { email: 'ada@example.org' },
    [paths.api.passwordResetCompletion]: { token, password: PASSWORD },
    [paths.api.emailVerification]: { token },
    [paths.api.passkeySession]: {
      credential: newAuthenticator('http://localhost').get({ challenge: token }),
    },
  }
  for (const { example, method, path } of operations) {
    const body = bodies[path] ?? {}
    await (method === 'GET' ? ada.get(example) : ada[method.toLowerCase() as 'post'](example, body))
  }
}

/** A database that cannot be reached. */
function unreachable() {
  const refuses = () => {
    throw Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' })
  }
  return {
    em: {
      fork: refuses,
      getKysely: refuses,
      getDriver: () => ({ convertException: (error: Error) => error }),
    },
  }
}

function refuse(): Promise<void> {
  throw new TooManyRequests(42)
}

/** Records all responses of this person. */
function watched(person: Person): Person {
  const { fetch } = person
  person.fetch = async (path, init) => {
    const response = await fetch(path, init)
    await record(init?.method ?? 'GET', path, response.clone() as Response)
    return response
  }
  return person
}

async function record(method: string, url: string, response: Response) {
  const path = url.split('?')[0]!
  const operation = operations.find(
    (operation) => operation.method === method && pattern(operation.path).test(path),
  )!
  const { status, headers } = response
  const type = headers.get('content-type')?.split(';')[0] ?? ''
  const isJson = type.endsWith('json')
  answers.push({ operation, status, type, headers, body: isJson ? await response.json() : '' })
}

function pattern(path: string) {
  return new RegExp(`^${path.replace(/\{\w+\}/g, '[^/]+')}$`)
}
