import type { LiveEventView } from '../src/live/schema.ts'
import { memoryOutbox } from '../test/support/page-fakes.ts'
import { Page } from '../web/client/page.ts'
import { paths } from '../web/paths.ts'
import { createApi } from '../web/sync/api.ts'
import type { Clock } from '../web/sync/clock.ts'
import type { ConversationStore } from '../web/sync/conversation-store.ts'
import { eventStream, webSocket } from '../web/sync/transport.ts'
import { eventSourceWith } from './event-source.ts'
import type { Ledger } from './ledger.ts'

export type TransportName = 'WebSocket' | 'event stream'

export type Account = { username: string; token: string }

/** The production page without a screen, with all conversations of its user open. */
export type Client = {
  name: string
  person: string
  conversations: ReadonlyMap<string, ConversationStore>
  /** All conversation events that the page has received. */
  events: { with: string }[]
  send(to: string, body: string): void
  /** Connected, and nothing left to send. */
  isSettled(): boolean
  /** Explains why {@link isSettled} is false. */
  state(): string
  close(): void
}

type ClientEnv = {
  origin: string
  clock: Clock
  /** The clock of the live connection. */
  live: Clock
  ledger: Ledger
  onFailure(error: unknown): void
}

/** Records every event that the page handles. */
class RecordedPage extends Page {
  readonly events: { with: string }[] = []

  protected override onEvent(event: LiveEventView): void {
    if (event.type === 'message' || event.type === 'read') this.events.push(event)
    super.onEvent(event)
  }
}

export function openClient(
  env: ClientEnv,
  {
    account,
    partners,
    transport,
  }: { account: Account; partners: readonly string[]; transport: TransportName },
): Client {
  const { origin, clock } = env
  const { username: person } = account
  const headers = { authorization: `Bearer ${account.token}` }
  let isSignedOut = false

  const socket = webSocket(origin.replace('http', 'ws') + paths.api.events, socketWith(headers))
  const stream = eventStream(origin + paths.api.events, eventSourceWith(headers))
  const page = new RecordedPage(
    {
      me: person,
      fetch: (path, init) =>
        fetch(origin + path, { ...init, headers: { ...init.headers, ...headers } as never }),
      clock,
      connectionClock: env.live,
      random: Math.random,
      uuid: () => crypto.randomUUID(),
      outbox: memoryOutbox(),
      tabs: null,
      transports: transport === 'WebSocket' ? [socket, stream] : [stream],
      view: { onOutgoingChange() {}, onConnectionChange() {}, onConversationClosed() {}, list: null },
      describeRefusal: ({ message }) => message,
      onSignedOut: () => {
        isSignedOut = true
      },
    },
    { createApi: recordedApi(env, person) },
  )
  const conversations = new Map(
    partners.map((partner) => [
      partner,
      page.openConversation({
        person: partner,
        start: { messages: [], previous: null, version: 0 },
        onChange() {},
        onMoved: () => page.events.push({ with: 'another account' }),
      }),
    ]),
  )
  page.start()

  const waiting = () => partners.flatMap((partner) => page.queue.outgoing(partner))
  return {
    name: `${person} over ${transport}`,
    person,
    conversations,
    events: page.events,
    send: (to, body) => void page.queue.send(to, body),
    isSettled: () => page.live.status === 'live' && waiting().length === 0,
    state: () =>
      `${page.live.status}${isSignedOut ? ', signed out' : ''}, ${waiting().length} to send${waiting()
        .filter(({ state }) => state === 'failed')
        .map(({ reason }) => `, refused: ${reason}`)
        .join('')}`,
    close() {
      page.live.stop()
      for (const partner of partners) page.closeConversation(partner)
    },
  }
}

/** The API, with all sends recorded in the ledger. */
function recordedApi({ ledger, onFailure }: ClientEnv, from: string): typeof createApi {
  return (env) => {
    const api = createApi(env)
    return {
      ...api,
      async send(to, message) {
        ledger.sending(message.clientId, { from, to, body: message.body })
        const stored = await api.send(to, message).catch((error) => {
          onFailure(error)
          throw error
        })
        ledger.acknowledge(message.clientId, stored)
        return stored
      },
    }
  }
}

/** A WebSocket with request headers: browsers send a cookie instead. */
function socketWith(headers: Record<string, string>): typeof WebSocket {
  return class extends WebSocket {
    constructor(url: string | URL) {
      super(url, { headers } as never)
    }
  } as typeof WebSocket
}
