import { PASSWORD } from '../test/support/person.ts'
import { paths } from '../web/paths.ts'
import type { Clock } from '../web/sync/clock.ts'
import { type Account, openClient } from './client.ts'
import { Ledger, leaked, type Violation } from './ledger.ts'
import { holdSweeps } from './skewed-clock.ts'
import { countStored, pairKey, readStored } from './stored.ts'
import type { System } from './system.ts'

/** Pairs who exchange messages. No one else may learn of them; Eve has no conversation. */
const CONVERSATIONS = [
  ['ada', 'ben'],
  ['cleo', 'dan'],
  ['ada', 'cleo'],
] as const
const PEOPLE = ['ada', 'ben', 'cleo', 'dan', 'eve']

/** Milliseconds between two messages of one person in one conversation. */
const SEND_INTERVAL_MS = 400
/** One message in so many is sent by a script without retries, instead of by a browser. */
const SCRIPT_RATIO = 4
/** Milliseconds after which a request times out. */
const REQUEST_TIMEOUT_MS = 15_000
/** Milliseconds between two checks for recovery. */
const POLL_INTERVAL_MS = 50

/** Users who exchange messages through the system, each with one browser per transport. */
export type People = {
  ledger: Ledger
  /** The errors of all failed attempts since the array was last emptied. */
  failures: string[]
  /** Starts the traffic. Returns a function that stops it. */
  exchange(): () => void
  /**
   * Resolves when every process is ready and every client is connected and up to date, also with a new message in each
   * direction that only an event can have announced.
   * @throws Error that names the parts that have not recovered, after `within` milliseconds
   */
  recover(within: number): Promise<void>
  /** Returns the violations in the database and on all clients. */
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
  /** Off while recovery is tested: sweeps would hide missing events. */
  let sweeps = true
  const live = holdSweeps(clock, () => !sweeps)
  const env = {
    origin,
    clock,
    live,
    ledger,
    onFailure: (error: unknown) => void failures.push(String(error)),
  }
  const clients = [...accounts.values()].flatMap((account) =>
    (['WebSocket', 'event stream'] as const).map((transport) =>
      openClient(env, { account, partners: partnersOf(account.username), transport }),
    ),
  )
  const clientsOf = (person: string) => clients.filter((client) => client.person === person)
  const clientsIn = (one: string, other: string) =>
    [one, other].flatMap((person, index, pair) =>
      clientsOf(person).map((client) => ({ client, thread: client.conversations.get(pair[1 - index]!)! })),
    )
  const scripts = new Set<Promise<void>>()
  let sent = 0
  /** The number of messages in each conversation that every client has had time to show. */
  let settled: ReadonlyMap<string, number> = new Map()

  function send(from: string, to: string): void {
    // Mostly short, up to the maximum length.
    const body = `${from} to ${to}, ${++sent} ${'.'.repeat(4000 ** random())}`.slice(0, 4000)
    if (random() * SCRIPT_RATIO < 1) {
      const script = sendOnce(from, to, body)
      scripts.add(script)
      return void script.finally(() => scripts.delete(script))
    }
    const senders = clientsOf(from)
    senders[Math.floor(random() * senders.length)]!.send(to, body)
  }

  async function sendOnce(from: string, to: string, body: string): Promise<void> {
    const clientId = crypto.randomUUID()
    ledger.sending(clientId, { from, to, body })
    try {
      const response = await fetch(origin + paths.api.messages(to), {
        method: 'POST',
        headers: { ...bearer(accounts.get(from)!), 'content-type': 'application/json' },
        body: JSON.stringify({ body, clientId }),
        signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
        // The browsers share the connection pool of this process and would reuse dead connections.
        keepalive: false,
      })
      if (!response.ok) throw new Error(`status ${response.status}`)
      const { seq } = await response.json().catch(() => ({ seq: null }))
      ledger.acknowledge(clientId, { seq })
    } catch (error) {
      failures.push(String(error))
    }
  }

  function exchange() {
    const directions = CONVERSATIONS.flatMap(([one, other]) => [
      [one, other],
      [other, one],
    ]) as [string, string][]
    const timers = directions.map(([from, to]) =>
      setInterval(() => send(from, to), SEND_INTERVAL_MS * (0.75 + random() / 2)),
    )
    return () => timers.forEach(clearInterval)
  }

  async function recover(within: number): Promise<void> {
    const deadline = Date.now() + within
    await using sql = new Bun.SQL(system.databaseUrl, { max: 1 })
    await untilUpToDate(sql, deadline)
    sweeps = false
    try {
      for (const direction of [0, 1] as const) {
        for (const pair of CONVERSATIONS)
          clientsOf(pair[direction])[0]!.send(pair[1 - direction]!, `after the fault, ${++sent}`)
        await untilUpToDate(sql, deadline)
      }
    } finally {
      sweeps = true
    }
  }

  async function untilUpToDate(sql: Bun.SQL, deadline: number): Promise<void> {
    for (;;) {
      // Checked before counting: a message sent during the count would be missing from it.
      const missing = notSettled()
      const counts = await countStored(sql).catch(
        (error) => void missing.push(`the database: ${error.message}`),
      )
      if (counts) missing.push(...notUpToDate(counts))
      if (missing.length === 0) missing.push(...(await notReady(system)))
      if (counts && missing.length === 0) {
        settled = counts
        return
      }
      if (Date.now() > deadline) throw new Error(missing.join('; '))
      await Bun.sleep(POLL_INTERVAL_MS)
    }
  }

  /** Clients that are not connected or have messages to send. */
  function notSettled(): string[] {
    return clients
      .filter((client) => !client.isSettled())
      .map((client) => `${client.name}: ${client.state()}`)
  }

  /** Clients that show fewer messages than are stored. */
  function notUpToDate(counts: ReadonlyMap<string, number>): string[] {
    return CONVERSATIONS.flatMap(([one, other]) => {
      const count = counts.get(pairKey(one, other)) ?? 0
      return clientsIn(one, other)
        .map(({ client, thread }) => ({ client, ...thread.view() }))
        .filter(({ messages }) => messages.length < count)
        .map(
          ({ client, messages, version }) =>
            `${client.name} shows ${messages.length} of ${count} messages of ${one} and ${other}, up to version ${version}`,
        )
    })
  }

  async function check(): Promise<Violation[]> {
    // Messages acknowledged after the rows are read would be missing from them.
    await Promise.all(scripts)
    await using sql = new Bun.SQL(system.databaseUrl, { max: 1 })
    const seen = CONVERSATIONS.map(([one, other]) => ({
      between: [one, other] as const,
      settled: settled.get(pairKey(one, other)) ?? 0,
      shown: new Map(
        clientsIn(one, other).map(({ client, thread }) => [client.name, thread.view().messages]),
      ),
    }))
    const rows = await readStored(sql)
    const places = seen.flatMap((evidence) => {
      const stored = rows.get(pairKey(...evidence.between)) ?? []
      return ledger.check({ ...evidence, stored })
    })
    const received = clients.flatMap(({ person, events }) =>
      leaked(person, partnersOf(person), events.splice(0)),
    )
    return [...places, ...received, ...(await probeAsEve())]
  }

  /** Requests a conversation list and a message of others as Eve. */
  async function probeAsEve(): Promise<Violation[]> {
    const thread = clientsOf('ada')[0]!.conversations.get('ben')!
    const urls = [paths.api.conversations, paths.api.message(thread.view().messages.at(-1)?.id ?? '1-1')]
    const responses = urls.map(async (path) => {
      const response = await fetch(origin + path, { headers: bearer(accounts.get('eve')!) })
      return { path, status: response.status, text: await response.text() }
    })
    return (await Promise.all(responses))
      .filter(({ status, text }) => !(status === 404 || text === '{"results":[],"next":null}'))
      .map(({ path, status, text }) => ({ rule: 'leaked', what: `Eve got ${status} from ${path}: ${text}` }))
  }

  return {
    ledger,
    failures,
    exchange,
    recover,
    check,
    close() {
      for (const client of clients) client.close()
    },
  }
}

/** Creates an account and returns it with its token. */
export async function signUp(origin: string, username: string): Promise<Account> {
  const response = await fetch(origin + paths.api.users, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username, password: PASSWORD }),
  })
  if (!response.ok) throw new Error(`${username} can't sign up: ${await response.text()}`)
  const { token } = await response.json()
  return { username, token }
}

/** Processes that are not ready: the load balancer may pick any. */
async function notReady({ apps }: System): Promise<string[]> {
  const answers = apps.map(async ({ url }) => {
    const response = await fetch(url + paths.ready, {
      signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
    }).catch(String)
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
