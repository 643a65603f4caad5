import { afterAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import fc from 'fast-check'
import { UserEntity } from '../../src/accounts/users/entity.ts'
import { AuditEntity } from '../../src/admin/audit-log/entity.ts'
import { paths } from '../../web/paths.ts'
import { backends, openChat, sqlite } from '../support/chat.ts'
import { encoded, escaped, MARK, names } from '../support/fuzz-inputs.ts'
import { checkerOf, type Operation, readDocument } from '../support/openapi-document.ts'
import { PASSWORD } from '../support/person.ts'
import { keyOf, type RequestCase, ROLES, requestsAt } from '../support/request-cases.ts'
import { Known } from '../support/schema-values.ts'
import { checkProperty, fuzzTimeout, runs } from '../support/seeds.ts'
import {
  type Actor,
  inviteToken,
  mailedToken,
  newActor,
  newUnrelatedUsers,
  rowsOf,
} from '../support/unrelated-users.ts'

setDefaultTimeout(fuzzTimeout)

/** Response statuses by operation, on all backends. */
const statuses = new Map<string, Set<number>>()
let documented: Operation[] = []

/** Operations that generated requests cannot pass: they need a passkey signature or an authenticator code. */
const UNREACHABLE = [
  'signInWithPasskey',
  'addPasskey',
  'renamePasskey',
  'removePasskey',
  'confirmTwoFactor',
  'renewRecoveryCodes',
]

describe.each(backends)('generated requests, on $name,', async (backend) => {
  const times = backend === sqlite ? runs / 2 : runs / 10
  const chat = await openChat(backend, {
    env: { RATE_LIMITS: 'off', ADMIN_READS_MESSAGES: 'on', INVITES: 'everybody' },
  })
  afterAll(() => chat.close())
  const { document, operations } = await readDocument(chat)
  documented = operations
  const { check } = checkerOf(document)
  const requests = new Map(operations.map((operation) => [operation, requestsAt(operation, document)]))

  const actors = new Map<string, Actor>()
  for (const role of ROLES) actors.set(role, await newActor(chat, role))
  const { vic, wes, secrets, secret } = await newUnrelatedUsers(chat)
  const callers = [...actors.values()].filter(({ role }) => role !== 'nobody')
  const sends = operations.find(({ operationId }) => operationId === 'sendMessage')!

  /** Values seen in responses, by caller and by name such as `messages.id`. */
  const seen = new Map<string, Map<string, unknown[]>>()
  /** Items of unrelated users, such as `messages.id 17-42`, which the administrator must not change. */
  const theirs = new Set<string>()
  let requestCount = 0
  let fresh = 0

  const collect = (who: string, { path }: Operation, body: unknown): void => {
    if (typeof body !== 'object' || body === null) return
    const place = path.split('/').findLast((segment) => /^[^{]/.test(segment))
    for (const [name, value] of Object.entries(body)) {
      collect(who, { path } as Operation, value)
      if (typeof value !== 'string' && typeof value !== 'number') continue
      if (who === 'unrelated' && typeof value === 'string' && /token|secret|key|code/i.test(name))
        secrets.add(value)
      if ([...secrets].some((secret) => `${value}`.includes(secret))) continue
      for (const key of [name, `${place}.${name}`]) {
        const values = new Map(seen.get(who)).get(key) ?? []
        if (who === 'unrelated') theirs.add(`${key} ${value}`)
        // Keep the first ones, which were prepared, and the newest, which most likely still exist.
        if (values.length === 20) values.splice(5, 1)
        seen.set(who, new Map(seen.get(who)).set(key, [...values, value]))
      }
    }
  }

  /** Resolves a placeholder, mostly to an item of the caller. The administrator changes no items of unrelated users. */
  const known = async ({ name, index, example }: Known, who: string, safe: boolean): Promise<unknown> => {
    const people = callers.map(({ person }) => person.username)
    if (/password/i.test(name)) return PASSWORD
    if (/email/i.test(name)) return `${index % 2 ? people[index % people.length] : ++fresh}@example.org`
    if (name === 'token') return mailedToken(chat, callers[index % callers.length]!.person, index)
    if (name === 'invite') return inviteToken(chat, callers[index % callers.length]!.person)
    if (/^(usernames?|with)$/.test(name)) {
      if (who === 'unrelated') return [vic, wes][index % 2]!.username
      if (index % 5 === 0) return `new-${++fresh}`
      const all = who === 'admin' && !safe ? people : [...people, vic.username, 'WESLEY']
      return all[index % all.length]
    }
    // Names are public; other text of unrelated users is secret.
    if (who === 'unrelated' && !/\.|displayName/.test(name)) return secret(name)
    const spares = who === 'admin' && !safe
    const from = spares || index % 4 > 0 ? who : 'unrelated'
    const all = seen.get(from)?.get(name === 'cursor' ? 'next' : name) ?? []
    const values = spares ? all.filter((value) => !theirs.has(`${name} ${value}`)) : all
    return values.at(index % 2 ? -1 - (index % 3) : index % values.length) ?? example ?? `${MARK}-${index}`
  }
  const resolve = async (value: unknown, who: string, safe: boolean): Promise<unknown> => {
    if (value instanceof Known) return known(value, who, safe)
    if (Array.isArray(value)) return Promise.all(value.map((one) => resolve(one, who, safe)))
    if (typeof value !== 'object' || value === null) return value
    const entries = Object.entries(value).map(async ([key, one]) => [key, await resolve(one, who, safe)])
    return Object.fromEntries(await Promise.all(entries))
  }

  const plain = { params: {}, query: [], sent: { body: null, headers: {} } }

  /** Sends the request as `who` and checks the response. */
  const send = async (
    request: Omit<RequestCase, 'who'>,
    who: string,
  ): Promise<{ status: number; json: unknown }> => {
    const { operation, params, query, sent } = request
    const { method, path, operationId, responses } = operation
    const actor = actors.get(who)
    const person = actor?.person ?? vic
    const text = async (value: unknown) => {
      const known = await resolve(value, who, method === 'GET')
      return value instanceof Known ? encoded(`${known}`) : `${value}`
    }
    // Items such as sessions disappear by themselves, so refresh their list first.
    const list = operations.find((one) => one.method === 'GET' && path.startsWith(`${one.path}/{id}`))
    const { id: _, ...sameList } = params
    if (list && method !== 'GET' && actor) await send({ ...plain, params: sameList, operation: list }, who)
    let place = path
    for (const [name, value] of Object.entries(params))
      place = place.replace(`{${name}}`, (await text(value)) || MARK)
    const search: string[] = []
    for (const [name, value] of query) search.push(`${encoded(name)}=${await text(value)}`)
    const made = sent.body
    const body = made && ('json' in made ? JSON.stringify(await resolve(made.json, who, false)) : made.raw)
    const summary = `${who}: ${method} ${place}?${search.join('&')} ${JSON.stringify(sent.headers)} ${`${body}`.slice(0, 300)}`
    const fail = (what: string, answer = '') => {
      throw new Error(`${operationId}: ${what}\n${summary}\n${answer.slice(0, 2000)}`)
    }
    const leaving = new AbortController()
    requestCount++
    const response = await Promise.race([
      person.fetch(`${place}?${search.join('&')}`, {
        method,
        headers: sent.headers,
        ...(body !== null && { body: body as string }),
        signal: leaving.signal,
      }),
      Bun.sleep(180_000).then(() => fail('no response') as never),
    ])
    const { status } = response
    statuses.set(operationId, new Set(statuses.get(operationId)).add(status))
    const type = response.headers.get('content-type')?.split(';')[0] ?? ''
    const isStream = type === 'text/event-stream'
    const answer = isStream ? '' : await response.text()
    leaving.abort()
    const whole = `${answer}\n${[...response.headers].join('\n')}`
    const isAdmins = path.includes('/admin/')
    if (status >= 500 && status !== 501) fail(`a server error: ${status}`, whole)
    const mayRead = who === 'unrelated' || (who === 'admin' && isAdmins)
    const leaked = !mayRead && [...secrets].find((secret) => whole.includes(secret))
    if (leaked) fail(`a secret of others: ${leaked}`, whole)
    if (status >= 400 && whole.toLowerCase().includes(MARK)) fail('an echo', whole)
    const json = type.endsWith('json') ? JSON.parse(answer) : ''
    const wrong = check({ operation, status, type, body: json, headers: response.headers })
    if (wrong) fail(`${status} is not as documented: ${wrong}`, whole)
    if (status < 300 && who !== 'admin' && isAdmins) fail('not an administrator', whole)
    if (status < 300 && who === 'script' && /API token/.test(responses[403]?.description ?? ''))
      fail('not for a script', whole)
    if (status < 300) collect(who, operation, json)
    const changed = status < 300 && method !== 'GET'
    if (changed && isAdmins) await Promise.all(callers.map(renew))
    else if (actor && (status === 401 || (changed && /password/i.test(`${body}`)))) await renew(actor)
    return { status, json }
  }

  /** Signs in again. A new account needs new conversations. */
  const renew = async (actor: Actor) => {
    const { username } = actor.person
    await actor.renew()
    if (actor.person.username !== username) await exchangeMessages(actor)
  }

  /** Exchanges messages with all other callers. The member also writes to an unrelated user. */
  const exchangeMessages = async ({ role, person }: Actor) => {
    seen.delete(role)
    for (const { role: other, person: friend } of callers) {
      for (const [from, to] of [
        [person, friend],
        [friend, person],
      ] as const) {
        const { status, body } = await from.post(paths.api.messages(to.username), { body: 'for you' })
        if (status !== 201) continue
        collect(role, sends, body)
        collect(other, sends, body)
      }
    }
    if (role === 'member') collect(role, sends, await person.say(vic, 'for you'))
  }
  for (const actor of callers) await exchangeMessages(actor)

  // Creates data of unrelated users in every feature, which must stay unchanged.
  for (const [operation, { right }] of requests) {
    if (operation.security.length > 0 && operation.method !== 'DELETE')
      for (const request of fc.sample(right, { numRuns: 3, seed: 1 })) await send(request, 'unrelated')
  }
  collect('unrelated', sends, (await vic.get(`${paths.api.messages('wesley')}?limit=100`)).body)
  const before = await rowsOf(chat, [vic, wes])

  test('change nothing if they only read', async () => {
    const everyone = [vic, wes, ...callers.map(({ person }) => person)]
    const before = await rowsOf(chat, everyone)
    for (const [{ method }, { right, wrong }] of requests) {
      if (method !== 'GET') continue
      for (const request of fc.sample(fc.oneof(right, wrong), { numRuns: 8, seed: 1 }))
        await send(request, request.who)
    }
    expect(await rowsOf(chat, everyone)).toEqual(before)
  })

  test('get documented responses without a server error, an echo or data of others', async () => {
    const round = fc.tuple(...[...requests.values()].flatMap(({ right, wrong }) => [right, wrong]))
    await checkProperty(round, { times, file: 'test/contract/fuzz-api' }, async (some) => {
      for (const request of some) await send(request, request.who)
    })
    // An operation that succeeds rarely gets more tries, except those that cannot succeed.
    for (const [{ operationId }, { right }] of requests) {
      if (UNREACHABLE.includes(operationId)) continue
      for (const request of fc.sample(right, 500)) {
        if ([...(statuses.get(operationId) ?? [])].some((status) => status < 300)) break
        await send(request, request.who)
      }
    }
  })

  test('get 404 for unknown paths, and 405 for unknown methods', async () => {
    // Bun treats other methods as GET.
    const methods = fc.constantFrom('GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'PROPFIND')
    const place = fc.oneof(fc.constantFrom(...operations.map(({ example }) => example)), escaped)
    const cases = fc.tuple(fc.constantFrom(...ROLES), methods, place, names)
    const served = chat.app.routes.map(({ method, path }) => patternOf(method, path))
    await checkProperty(
      cases,
      { times: times * 5, file: 'test/contract/fuzz-api' },
      async ([who, method, place, name]) => {
        const path = place.startsWith('/') ? place : `${paths.api.root}/${place}`
        const body = method === 'GET' ? {} : { body: '{}', headers: { 'content-type': 'application/json' } }
        for (const there of [path, `${path}/${encoded(name) || MARK}`, `/${encoded(name)}/${MARK}`]) {
          if (served.some((pattern) => pattern.test(`${method} ${there}`))) continue
          requestCount++
          const response = await actors.get(who)!.person.fetch(there, { method, ...body })
          // A path that exists for other methods is 405.
          const known = method === 'OPTIONS' ? 204 : 405
          const status = response.headers.has('allow') ? known : 404
          expect(`${method} ${there} ${response.status}`).toEndWith(` ${status}`)
          const whole = `${await response.text()}\n${[...response.headers].join('\n')}`
          expect(whole.toLowerCase()).not.toContain(MARK)
        }
      },
    )
  })

  test('cannot distinguish items of others from missing ones', async () => {
    let compared = 0
    for (const [operation, { right }] of requests) {
      const [param] = Object.keys(fc.sample(right, { numRuns: 1, seed: 1 })[0]!.params)
      const [theirs] = (param && seen.get('unrelated')?.get(keyOf(operation.path, param))) ?? []
      if (!param || param === 'username' || theirs === undefined) continue
      for (const who of ['nobody', 'stranger'] as const) {
        const [request] = fc.sample(right, { numRuns: 1, seed: 1 })
        const answers = []
        for (const value of [theirs, '999999-1']) {
          const { status, json } = await send({ ...request!, params: { [param]: encoded(`${value}`) } }, who)
          answers.push({ status, json: { ...(json as object), requestId: '' } })
        }
        expect(answers[0]!.status).toBeGreaterThanOrEqual(400)
        expect(answers[0]).toEqual(answers[1]!)
        compared++
      }
    }
    expect(compared).toBeGreaterThan(0)
  })

  test('leave the data of others unchanged and no trace in the log', async () => {
    const after = await rowsOf(chat, [vic, wes])
    let compared = 0
    for (const [table, rows] of before) {
      const now = new Set(after.get(table)!.map((row) => JSON.stringify(row)))
      for (const row of rows) expect(now).toContain(JSON.stringify(row))
      compared += rows.length
    }
    expect(compared).toBeGreaterThan(20)
    const em = chat.deps.orm.em.fork()
    // Excludes accounts that an administrator promoted or created.
    const made = await em.find(AuditEntity, { action: ['user.promoted', 'user.created'] })
    const legitimate = new Set(made.map(({ target }) => target))
    const admins = await em.find(UserEntity, { role: 'admin' })
    const escalated = admins.filter(
      ({ id, handle }) => !handle.startsWith('caller-admin-') && !legitimate.has(`user ${id}`),
    )
    expect(escalated.map(({ handle }) => handle)).toEqual([])
    const lines = chat.logged.filter(
      (line) => JSON.parse(line).level >= 30 && line.toLowerCase().includes(MARK),
    )
    expect(lines).toEqual([])
    expect(chat.logged.filter((line) => [...secrets].some((secret) => line.includes(secret)))).toEqual([])
    console.log(`${requestCount} requests, on ${backend.name}`)
  })
})

function patternOf(method: string, path: string): RegExp {
  return new RegExp(`^${method} ${path.replace(/:\w+/g, '[^/]+').replace('*', '.*')}/?$`)
}

test('the fuzz tests reach success and failure of every operation', () => {
  const without = (outcome: RegExp) =>
    documented
      .filter(({ responses }) => Object.keys(responses).some((status) => outcome.test(status)))
      .map(({ operationId }) => operationId)
      .filter((id) => ![...statuses.get(id)!].some((status) => outcome.test(`${status}`)))
  expect(without(/^2/)).toEqual(UNREACHABLE)
  expect(without(/^4/)).toEqual([])
})
