import { afterAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import fc from 'fast-check'
import { paths } from '../../web/paths.ts'
import { backends, openChat, sqlite } from '../support/chat.ts'
import { encoded, headers, MARK, MARKUP, names, text } from '../support/fuzz-inputs.ts'
import { PASSWORD } from '../support/person.ts'
import { gif } from '../support/pictures.ts'
import { ROLES } from '../support/request-cases.ts'
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

const QUERY = ['next', 'search', 'cursor', 'before', 'after', 'limit', 'message', 'token', 'id']

/** Routes that responded without an error, on all backends. */
const done = new Set<string>()
let served: string[] = []

describe.each(backends)('random input in forms and URLs, on $name,', async (backend) => {
  const times = backend === sqlite ? runs / 2 : runs / 10
  const chat = await openChat(backend, {
    env: { RATE_LIMITS: 'off', ADMIN_READS_MESSAGES: 'on', INVITES: 'everybody' },
  })
  afterAll(() => chat.close())
  const actors = new Map<string, Actor>()
  for (const role of ROLES) actors.set(role, await newActor(chat, role))
  const { vic, wes, secrets } = await newUnrelatedUsers(chat)
  const before = await rowsOf(chat, [vic, wes])
  // Names, messages and tokens contain markup, so that every page shows some.
  const people = [...actors.values()].filter(({ role }) => role !== 'nobody').map(({ person }) => person)
  for (const [nth, person] of people.entries()) {
    const settings = { displayName: MARKUP[nth]!, language: null, theme: null, zone: null }
    await person.put(paths.api.settings, settings)
    await person.post(paths.api.tokens, { name: MARKUP[nth], days: 1, password: PASSWORD })
    for (const to of people) for (const body of MARKUP) await person.say(to, body)
  }
  const routes = chat.app.routes.filter(
    ({ path, hooks }) =>
      hooks.detail?.hide &&
      path !== paths.openapi &&
      ![paths.docs, paths.assets].some((start) => path.startsWith(`${start}/`)),
  )
  served = routes.map(({ method, path }) => `${method} ${path}`)
  /** Fields of the forms seen, by role and action. File fields are null. */
  const forms = new Map<string, Record<string, string | null>>()
  let requestCount = 0

  const odd = fc.record({
    who: fc.constantFrom(...ROLES),
    person: fc.oneof(fc.nat(9), text),
    query: fc.oneof(
      fc.constant({} as Record<string, string>),
      fc.dictionary(fc.oneof(fc.constantFrom(...QUERY), names), fc.oneof(text, fc.nat(9).map(String)), {
        maxKeys: 3,
      }),
    ),
    /** Selects a mailed link; 0 for none. */
    mailed: fc.nat(3),
    /** New values of the form fields, in order; null keeps the current one. */
    fields: fc.array(fc.option(text, { freq: 2 }), { minLength: 12, maxLength: 12 }),
    more: fc.dictionary(names, text, { maxKeys: 2 }),
    headers: fc.oneof(fc.constant({}), headers),
    part: fc.boolean(),
  })
  const round = fc.tuple(...routes.map(() => odd))

  test('changes nothing if it is only read', async () => {
    const everyone = [vic, wes, ...[...actors.values()].map(({ person }) => person)]
    const before = await rowsOf(chat, everyone)
    const reading = routes.filter(({ method }) => method === 'GET')
    for (const route of reading)
      for (const one of fc.sample(odd, { numRuns: 5, seed: 1 })) await send(route, { ...one, mailed: 0 })
    expect(await rowsOf(chat, everyone)).toEqual(before)
  })

  test('causes no element, attribute, script, external redirect or server error', async () => {
    await checkProperty(round, { times, file: 'test/contract/fuzz-pages' }, async (some) => {
      for (const [index, one] of some.entries()) await send(routes[index]!, one)
    })
  })

  test('leaves the data of others unchanged and no trace in the log', async () => {
    const after = await rowsOf(chat, [vic, wes])
    for (const [table, rows] of before) {
      const now = new Set(after.get(table)!.map((row) => JSON.stringify(row)))
      for (const row of rows) expect(now).toContain(JSON.stringify(row))
    }
    const linesWith = (word: string) => chat.logged.filter((line) => line.toLowerCase().includes(word))
    expect(linesWith(MARK).filter((line) => JSON.parse(line).level >= 30)).toEqual([])
    expect([...secrets].flatMap(linesWith)).toEqual([])
    console.log(`${requestCount} page requests, on ${backend.name}`)
  })

  async function send(
    route: (typeof routes)[number],
    one: typeof odd extends fc.Arbitrary<infer T> ? T : never,
  ) {
    const { method, path } = route
    const { person, renew } = actors.get(one.who)!
    const others = [...actors.values()].map((actor) => actor.person.username).filter(Boolean)
    const candidates = one.who === 'admin' && method !== 'GET' ? others : [...others, vic.username]
    const name = typeof one.person === 'number' ? candidates[one.person % candidates.length]! : one.person
    const pattern = new RegExp(`^${one.who} (${path.replace(/:\w+/g, '[^/]+')})$`)
    const actions = [...forms.keys()].flatMap((form) => pattern.exec(form)?.[1] ?? [])
    const place =
      typeof one.person === 'number' && method !== 'GET' && actions.length > 0
        ? actions.at(-1 - (one.person % actions.length))!
        : path.replace(/:\w+|\*/g, () => encoded(name) || MARK)
    const { person: member } = actors.get('member')!
    const token = () =>
      path === paths.invite ? inviteToken(chat, member) : mailedToken(chat, member, one.mailed)
    const mailed = one.mailed && { token: await token() }
    const search = Object.entries({ ...one.query, ...mailed }).map(
      ([key, value]) => `${encoded(key)}=${encoded(value)}`,
    )
    const form = Object.entries(forms.get(`${one.who} ${place}`) ?? forms.get(`${one.who} ${path}`) ?? {})
    const fields = form.map(([key, value], nth) => [key, one.fields[nth] ?? value])
    const isUpload = form.some(([, value]) => value === null)
    const body = isUpload ? new FormData() : new URLSearchParams()
    for (const [key, value] of [...fields, ...Object.entries(one.more)] as [string, string | null][])
      body.append(key, value ?? (new Blob([gif]) as unknown as string))
    requestCount++
    const response = await person.fetch(`${place}?${search.join('&')}`, {
      method,
      headers: { accept: 'text/html', ...(one.part && { 'hx-request': 'true' }), ...one.headers },
      ...(method !== 'GET' && { body }),
    })
    const html = await response.text()
    const { status } = response
    if (status < 400 || status === 401 || status === 422) done.add(`${method} ${path}`)
    const summary = `${one.who}: ${method} ${place}?${search.join('&')} ${body} ${JSON.stringify(one.headers)}`
    const mayRead = one.who === 'admin' && path.startsWith(paths.admin)
    const faults = await faultsOf(response, { html, mayRead })
    if (status === 200 && one.who !== 'admin' && path.startsWith(paths.admin))
      faults.push('not an administrator')
    if (faults.length > 0) throw new Error(`${status}: ${faults}\n${summary}\n${html.slice(0, 3000)}`)
    const isSignOut = path === paths.signOut && method === 'POST'
    // A GET of the forms below the sign-in is redirected to it for everyone.
    const isRefused =
      response.headers.get('location')?.startsWith(paths.signIn) && !path.startsWith(paths.signIn)
    if (isSignOut || isRefused) await renew()
    if (status === 200 && method === 'GET') await recordForms(one.who, html)
  }

  async function faultsOf(
    { status, headers }: Response,
    { html, mayRead }: { html: string; mayRead: boolean },
  ): Promise<string[]> {
    const faults: string[] = []
    if (status >= 500) faults.push('a server error')
    if (!mayRead)
      for (const secret of secrets) if (html.includes(secret)) faults.push(`a secret of others: ${secret}`)
    for (const name of ['location', 'hx-redirect', 'hx-location', 'hx-push-url', 'refresh']) {
      const to = headers.get(name)
      if (to && new URL(to, 'http://localhost').origin !== 'http://localhost')
        faults.push(`an external redirect: ${to}`)
    }
    if (headers.getSetCookie().some((cookie) => !/^chatapp-(?:session|device)-3000=/.test(cookie)))
      faults.push('a cookie')
    if (!headers.get('content-type')?.includes('html')) return faults
    const rewriter = new HTMLRewriter().on('*', {
      element({ tagName, attributes }) {
        if (tagName.includes(MARK)) faults.push(`an element: ${tagName}`)
        for (const [name = '', value = ''] of attributes) {
          if (name.includes(MARK) || /^on/.test(name)) faults.push(`an attribute: ${name}`)
          const isPicture = tagName === 'img' && /^data:image\/webp;base64,[\w+/]+=*$/.test(value)
          const leads = !isPicture && /^(href|src|srcset|action|formaction|data|poster)$/.test(name)
          if (leads && /^\s*(javascript|data|vbscript):/i.test(value)) faults.push(`${name}=${value}`)
          if (name.startsWith('hx-') && value === `/${MARK}`) faults.push(`an action: ${name}`)
        }
      },
    })
    await rewriter.transform(new Response(html)).text()
    return faults
  }

  /** Records the forms of a page and their values. */
  async function recordForms(who: string, html: string): Promise<void> {
    let fields: Record<string, string | null> = {}
    const rewriter = new HTMLRewriter()
      .on('form', {
        element(form) {
          fields = {}
          const action = form.getAttribute('action')!
          // The administrator must not act on unrelated users.
          const isTheirs = [vic, wes].some(({ username }) => action.includes(username))
          if (who !== 'admin' || !isTheirs) forms.set(`${who} ${action}`, fields)
        },
      })
      .on('form [name]', {
        element(field) {
          const given = field.getAttribute('type') === 'file' ? null : (field.getAttribute('value') ?? 'x')
          fields[field.getAttribute('name')!] ??= given
        },
      })
    await rewriter.transform(new Response(html)).text()
  }
})

test('the fuzz tests reach every page and form', () => {
  expect(served.filter((route) => !done.has(route))).toEqual([])
})
