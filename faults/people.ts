import { PASSWORD } from '../test/support/person.ts'
import { paths } from '../web/paths.ts'
import type { Clock } from '../web/sync/clock.ts'
import { type Account, openClient } from './client.ts'
import { type Found, Ledger, overheard, type Violation } from './ledger.ts'
import { heldBack } from './skewed-clock.ts'
import type { System } from './system.ts'

/** Who talks with whom. Everybody else must hear nothing of it; Eve talks with nobody. */
const CONVERSATIONS = [
  ['ada', 'ben'],
  ['cleo', 'dan'],
  ['ada', 'cleo'],
] as const
const PEOPLE = ['ada', 'ben', 'cleo', 'dan', 'eve']

/** Milliseconds between two messages of one person in one conversation. */
const PACE = 400
/** One message in so many is sent by a program that tries once, instead of a browser that tries for ever. */
const ERRANDS = 4
/** Milliseconds after which such a program gives up. */
const PATIENCE = 15_000
/** Milliseconds between two looks at whether all is well again. */
const LOOK = 50

/** People who talk through the system all the time, with a browser on each transport. */
export type People = {
  ledger: Ledger
  /** Why sends failed, each attempt counted, since this was emptied. */
  failures: string[]
  /** Everybody begins to talk; the answer ends it. */
  talk(): () => void
  /**
   * Resolves when every process is ready, everybody is connected and shows everything, and has been told of what the other said, first one way
   * and then the other, so that a sender's own answer is not what told them.
   * @throws Error that says who is not, after `within` milliseconds
   */
  recover(within: number): Promise<void>
  /** Everything that must not be, in the database and on all screens. */
  check(): Promise<Violation[]>
  close(): void
}

export async function openPeople(
  system: System,
  { clock, random }: { clock: Clock; random: () => number },
): Promise<People> {
  const { origin } = system
  const ledger = new Ledger()
  const failures: string[] = []
  const accounts = new Map(
    await Promise.all(PEOPLE.map(async (name) => [name, await signUp(origin, name)] as const)),
  )
  /** Whether clients look for themselves now and then: it would hide that nobody is told. */
  let swept = true
  const live = heldBack(clock, () => !swept)
  const env = {
    origin,
    clock,
    live,
    ledger,
    onFailure: (error: unknown) => void failures.push(String(error)),
  }
  const clients = [...accounts.values()].flatMap((account) =>
    (['WebSocket', 'event stream'] as const).map((ladder) =>
      openClient(env, { account, partners: partnersOf(account.username), ladder }),
    ),
  )
  const clientsOf = (person: string) => clients.filter((client) => client.person === person)
  const clientsIn = (one: string, other: string) =>
    [one, other].flatMap((person, index, pair) =>
      clientsOf(person).map((client) => ({ client, thread: client.threads.get(pair[1 - index]!)! })),
    )
  const errands = new Set<Promise<void>>()
  let said = 0
  /** How many messages of each conversation everybody had the time to show. */
  let settled: ReadonlyMap<string, number> = new Map()

  function say(from: string, to: string): void {
    // Mostly short, some as long as may be.
    const body = `${from} to ${to}, ${++said} ${'.'.repeat(4000 ** random())}`.slice(0, 4000)
    if (random() * ERRANDS < 1) {
      const errand = sendOnce(from, to, body)
      errands.add(errand)
      return void errand.finally(() => errands.delete(errand))
    }
    const senders = clientsOf(from)
    senders[Math.floor(random() * senders.length)]!.say(to, body)
  }

  async function sendOnce(from: string, to: string, body: string): Promise<void> {
    const clientId = crypto.randomUUID()
    ledger.sending(clientId, { from, to, body })
    try {
      const response = await fetch(origin + paths.api.messages(to), {
        method: 'POST',
        headers: { ...bearer(accounts.get(from)!), 'content-type': 'application/json' },
        body: JSON.stringify({ body, clientId }),
        signal: AbortSignal.timeout(PATIENCE),
        // Else they leave to the browsers connections that are dead by now: all share one pool in this process.
        keepalive: false,
      })
      if (!response.ok) throw new Error(`status ${response.status}`)
      const { seq } = await response.json().catch(() => ({ seq: null }))
      ledger.acknowledge(clientId, { seq })
    } catch (error) {
      failures.push(String(error))
    }
  }

  function talk() {
    const speakers = CONVERSATIONS.flatMap(([one, other]) => [
      [one, other],
      [other, one],
    ]) as [string, string][]
    const timers = speakers.map(([from, to]) =>
      setInterval(() => say(from, to), PACE * (0.75 + random() / 2)),
    )
    return () => timers.forEach(clearInterval)
  }

  async function recover(within: number): Promise<void> {
    const deadline = Date.now() + within
    await using sql = new Bun.SQL(system.databaseUrl, { max: 1 })
    await allShown(sql, deadline)
    swept = false
    try {
      for (const way of [0, 1] as const) {
        for (const pair of CONVERSATIONS)
          clientsOf(pair[way])[0]!.say(pair[1 - way]!, `last words, ${++said}`)
        await allShown(sql, deadline)
      }
    } finally {
      swept = true
    }
  }

  async function allShown(sql: Bun.SQL, deadline: number): Promise<void> {
    for (;;) {
      // Before they are counted: what is sent while they are would be missing in the count.
      const missing = notCalm()
      const counts = await countStored(sql).catch(
        (error) => void missing.push(`the database: ${error.message}`),
      )
      if (counts) missing.push(...notShown(counts))
      if (missing.length === 0) missing.push(...(await notReady(system)))
      if (counts && missing.length === 0) {
        settled = counts
        return
      }
      if (Date.now() > deadline) throw new Error(missing.join('; '))
      await Bun.sleep(LOOK)
    }
  }

  /** Who is not connected, or has something to send. */
  function notCalm(): string[] {
    return clients.filter((client) => !client.isCalm()).map((client) => `${client.name}: ${client.state()}`)
  }

  /** Who shows less than is stored. */
  function notShown(counts: ReadonlyMap<string, number>): string[] {
    return CONVERSATIONS.flatMap(([one, other]) => {
      const count = counts.get(key(one, other)) ?? 0
      return clientsIn(one, other)
        .map(({ client, thread }) => ({ client, ...thread.view() }))
        .filter(({ messages }) => messages.length < count)
        .map(
          ({ client, messages, version }) =>
            `${client.name} shows ${messages.length} of ${count} of ${one} and ${other}, up to version ${version}`,
        )
    })
  }

  async function check(): Promise<Violation[]> {
    // What is acknowledged after the rows were read would be missing among them.
    await Promise.all(errands)
    await using sql = new Bun.SQL(system.databaseUrl, { max: 1 })
    const seen = CONVERSATIONS.map(([one, other]) => ({
      between: [one, other] as const,
      settled: settled.get(key(one, other)) ?? 0,
      shown: new Map(
        clientsIn(one, other).map(({ client, thread }) => [client.name, thread.view().messages]),
      ),
    }))
    const rows = await readStored(sql)
    const places = seen.flatMap((evidence) => {
      const stored = rows.get(key(...evidence.between)) ?? []
      return ledger.check({ ...evidence, stored })
    })
    const heard = clients.flatMap(({ person, told }) => overheard(person, partnersOf(person), told.splice(0)))
    return [...places, ...heard, ...(await pry())]
  }

  /** What Eve gets when she asks for what is not hers. */
  async function pry(): Promise<Violation[]> {
    const thread = clientsOf('ada')[0]!.threads.get('ben')!
    const wanted = [paths.api.conversations, paths.api.message(thread.view().messages.at(-1)?.id ?? '1-1')]
    const answers = wanted.map(async (path) => {
      const response = await fetch(origin + path, { headers: bearer(accounts.get('eve')!) })
      return { path, status: response.status, text: await response.text() }
    })
    return (await Promise.all(answers))
      .filter(({ status, text }) => !(status === 404 || text === '{"results":[],"next":null}'))
      .map(({ path, status, text }) => ({ rule: 'leaked', what: `Eve got ${status} from ${path}: ${text}` }))
  }

  return {
    ledger,
    failures,
    talk,
    recover,
    check,
    close() {
      for (const client of clients) client.close()
    },
  }
}

/** Makes an account, and signs it in. */
export async function signUp(origin: string, username: string): Promise<Account> {
  const response = await fetch(origin + paths.api.users, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username, password: PASSWORD }),
  })
  if (!response.ok) throw new Error(`${username} can not sign up: ${await response.text()}`)
  const { token } = await response.json()
  return { username, token }
}

/** Whoever comes next may come to any process. */
async function notReady({ apps }: System): Promise<string[]> {
  const answers = apps.map(async ({ url }) => {
    const response = await fetch(url + paths.ready, { signal: AbortSignal.timeout(PATIENCE) }).catch(String)
    return typeof response === 'string' ? response : response.ok ? '' : await response.text()
  })
  return (await Promise.all(answers)).flatMap((answer, index) =>
    answer ? `process ${index}: ${answer}` : [],
  )
}

const bearer = ({ token }: Account) => ({ authorization: `Bearer ${token}` })

function partnersOf(person: string): string[] {
  const pairs = CONVERSATIONS.filter((pair) => (pair as readonly string[]).includes(person))
  return pairs.map(([one, other]) => (one === person ? other : one))
}

const key = (...pair: readonly string[]) => pair.toSorted().join(' ')

const NAMES = `from message
  join conversation on conversation.id = message.conversation_id
  join user as low on low.id = conversation.low_id
  join user as high on high.id = conversation.high_id`

async function countStored(sql: Bun.SQL): Promise<Map<string, number>> {
  const rows: { low: string; high: string; count: number }[] = await sql.unsafe(
    `select low.username as low, high.username as high, count(*) as count ${NAMES} group by low.username, high.username`,
  )
  return new Map(rows.map(({ low, high, count }) => [key(low, high), Number(count)]))
}

async function readStored(sql: Bun.SQL): Promise<Map<string, Found[]>> {
  const rows: (Found & { low: string; high: string })[] = await sql.unsafe(
    `select low.username as low, high.username as high, seq, sender.username as sender, client_id as clientId, body
     ${NAMES} join user as sender on sender.id = message.sender_id order by conversation_id, seq`,
  )
  return Map.groupBy(rows, ({ low, high }) => key(low, high))
}
