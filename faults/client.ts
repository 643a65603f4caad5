import type { LiveEventView } from '../src/live/schema.ts'
import { memoryOutbox } from '../test/support/page-fakes.ts'
import { paths } from '../web/paths.ts'
import { createApi } from '../web/sync/api.ts'
import type { Clock } from '../web/sync/clock.ts'
import { LiveConnection } from '../web/sync/connection.ts'
import { ConversationStore } from '../web/sync/conversation-store.ts'
import { SendQueue } from '../web/sync/send-queue.ts'
import { eventStream, webSocket } from '../web/sync/transport.ts'
import { eventSourceWith } from './event-source.ts'
import type { Ledger } from './ledger.ts'

/** Which transports a client has, best first. */
export type Ladder = 'WebSocket' | 'event stream'

export type Account = { username: string; token: string }

/** One person's browser: the product's own code, with no page around it, all its conversations open. */
export type Client = {
  name: string
  person: string
  threads: ReadonlyMap<string, ConversationStore>
  /** Every event that told of something. */
  told: { with: string }[]
  say(to: string, body: string): void
  /** Connected, and with nothing left to send. */
  isCalm(): boolean
  /** What keeps it from being calm, for whoever has to find out. */
  state(): string
  close(): void
}

export function openClient(
  env: {
    origin: string
    clock: Clock
    /** That of the live connection. */
    live: Clock
    ledger: Ledger
    onFailure(error: unknown): void
  },
  { account, partners, ladder }: { account: Account; partners: readonly string[]; ladder: Ladder },
): Client {
  const { origin, clock, ledger } = env
  const { username: person } = account
  const headers = { authorization: `Bearer ${account.token}` }
  const told: { with: string }[] = []
  let signedOut = false

  const api = createApi({
    fetch: (path, init) =>
      fetch(origin + path, { ...init, headers: { ...init.headers, ...headers } as never }),
    clock,
    onSignedOut: () => {
      signedOut = true
    },
  })

  const sender = new SendQueue({
    async post(to, message) {
      ledger.sending(message.clientId, { from: person, to, body: message.body })
      const landed = await api.send(to, message).catch((error) => {
        env.onFailure(error)
        throw error
      })
      ledger.acknowledge(message.clientId, landed)
      return landed
    },
    store: memoryOutbox(),
    clock,
    random: Math.random,
    uuid: () => crypto.randomUUID(),
    reason: ({ message }) => message,
    onClosed() {},
    onLanded(to, message) {
      if (message) threads.get(to)?.landed(message)
      else void threads.get(to)?.catchUp()
    },
    onChange() {},
  })

  const threads = new Map(
    partners.map((partner) => [
      partner,
      new ConversationStore({
        me: person,
        person: partner,
        start: { messages: [], previous: null, version: 0 },
        ...api,
        clock,
        random: Math.random,
        outgoing: () => sender.outgoing(partner),
        onConfirmed: (clientIds) => sender.confirmed(clientIds),
        onChange() {},
        onStranger: () => told.push({ with: 'strangers in a conversation' }),
      }),
    ]),
  )

  const rungs = {
    WebSocket: webSocket(origin.replace('http', 'ws') + paths.api.events, socketWith(headers)),
    'event stream': eventStream(origin + paths.api.events, eventSourceWith(headers)),
  }
  const live = new LiveConnection({
    ladder: ladder === 'WebSocket' ? Object.values(rungs) : [rungs[ladder]],
    clock: env.live,
    random: Math.random,
    onEvent(event: LiveEventView) {
      if (event.type === 'message' || event.type === 'read') told.push(event)
      if (event.type === 'message') threads.get(event.with)?.hear(event.version)
    },
    onMissed() {
      for (const thread of threads.values()) void thread.catchUp()
      void sender.resume()
    },
    onStatus() {},
    onSignedOut: () => {
      signedOut = true
    },
    onRefused: () => void api.session().catch(() => {}),
  })
  live.start()

  const waiting = () => partners.flatMap((partner) => sender.outgoing(partner))
  return {
    name: `${person} over ${ladder}`,
    person,
    threads,
    told,
    say: (to, body) => void sender.send(to, body),
    isCalm: () => live.status === 'live' && waiting().length === 0,
    state: () =>
      `${live.status}${signedOut ? ', signed out' : ''}, ${waiting().length} to send${waiting()
        .filter(({ state }) => state === 'failed')
        .map(({ reason }) => `, refused: ${reason}`)
        .join('')}`,
    close() {
      live.stop()
      for (const thread of threads.values()) thread.close()
    },
  }
}

/** Browsers send a cookie; here it is the header. */
function socketWith(headers: Record<string, string>): typeof WebSocket {
  return class extends WebSocket {
    constructor(url: string | URL) {
      super(url, { headers } as never)
    }
  } as typeof WebSocket
}
