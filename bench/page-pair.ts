import type { LiveEventView } from '../src/live/schema.ts'
import type { MessagePageView, MessageView } from '../src/messages/schema.ts'
import { memoryOutbox } from '../test/support/page-fakes.ts'
import { Page } from '../web/client/page.ts'
import { paths } from '../web/paths.ts'
import { browserClock } from '../web/sync/clock.ts'
import { webSocket } from '../web/sync/transport.ts'
import { type Caller, type Client, connect, socketWith } from './client.ts'
import type { Delivery, Pair } from './minimal-pair.ts'

/**
 * Two chat pages without a screen: the conversation is open on both, and each person sees its end. They refresh the rows of
 * their lists, and the recipient's sends read marks.
 */
export function openPagePair(origin: string, one: Caller, other: Caller): Promise<Pair> {
  return openPages(origin, [one, other], { onlyMessages: false })
}

/** The same pages without lists and read marks. */
export function openMessagesPair(origin: string, one: Caller, other: Caller): Promise<Pair> {
  return openPages(origin, [one, other], { onlyMessages: true })
}

type PageOptions = { onlyMessages: boolean }

async function openPages(
  origin: string,
  [one, other]: [Caller, Caller],
  options: PageOptions,
): Promise<Pair> {
  const sender = await openPage(origin, one, { person: other.username, ...options })
  const recipient = await openPage(origin, other, { person: one.username, ...options })
  return {
    async deliver() {
      const delivery: Delivery = { responded: 0, notified: 0, total: 0 }
      const start = performance.now()
      const since = () => performance.now() - start
      const [sent, received] = [sender.page.expectNext(), recipient.page.expectNext()]
      const shown = recipient.expectShown()
      sender.page.queue.send(other.username, 'See you at eight?')
      const clientId = sent.stored.then((clientId) => {
        delivery.responded = since()
        return clientId
      })
      const notified = received.notified.then(() => {
        delivery.notified = since()
      })
      await Promise.all([clientId, sent.notified, notified, shown])
      if ((await shown) !== (await clientId)) throw new Error('The recipient sees another message.')
      delivery.total = since()
      return delivery
    },
    close() {
      sender.close()
      recipient.close()
    },
  }
}

/** Reports the next message that this user sent or was notified of. */
class BenchPage extends Page {
  #notified = Promise.withResolvers<void>()
  #stored = Promise.withResolvers<string | null>()

  expectNext(): { notified: Promise<void>; stored: Promise<string | null> } {
    this.#notified = Promise.withResolvers()
    this.#stored = Promise.withResolvers()
    return { notified: this.#notified.promise, stored: this.#stored.promise }
  }

  /** Waits for the requests of a page that has just connected. */
  async settled(): Promise<void> {
    const caughtUp = [...this.conversations.values()].map((conversation) => conversation.catchUp())
    await Promise.all([...caughtUp, this.list.refresh()])
  }

  protected override onEvent(event: LiveEventView): void {
    super.onEvent(event)
    if (event.type === 'message') this.#notified.resolve()
  }

  protected override onStored(person: string, message: MessageView): void {
    super.onStored(person, message)
    this.#stored.resolve(message.clientId)
  }
}

async function openPage(
  origin: string,
  caller: Caller,
  { person, onlyMessages }: PageOptions & { person: string },
) {
  const ready = Promise.withResolvers<void>()
  const requests = requestsOver(origin, caller)
  const page: BenchPage = new BenchPage({
    me: caller.username,
    fetch: requests.fetch,
    clock: browserClock,
    random: Math.random,
    uuid: () => crypto.randomUUID(),
    outbox: memoryOutbox(),
    tabs: null,
    transports: [webSocket(origin.replace('http', 'ws') + paths.api.events, socketWith(caller))],
    view: {
      onOutgoingChange() {},
      onConnectionChange: () => page.live.status === 'live' && ready.resolve(),
      onConversationClosed() {},
      list: onlyMessages
        ? null
        : {
            rowCount: () => 1,
            selected: () => person,
            showList: async () => {},
            showRow: async () => true,
          },
    },
    describeRefusal: ({ message }) => message,
    onSignedOut: () => ready.reject(new Error('The session has ended.')),
  })

  let shown = Promise.withResolvers<string | null>()
  const start = await startOf(requests.fetch, person)
  let lastSeq = start.version
  const conversation = page.openConversation({
    person,
    start,
    onChange() {
      const last = conversation.view().messages.at(-1)
      if (!last || last.seq === lastSeq) return
      lastSeq = last.seq
      shown.resolve(last.clientId)
      if (last.sender === person && !onlyMessages) page.read(person, last.seq)
    },
    onMoved: () => ready.reject(new Error('Another account is signed in.')),
  })
  conversation.setAtEnd(true)
  page.start()
  await ready.promise
  await page.settled()
  return {
    page,
    /** Resolves with the client ID of the next message that appears. */
    expectShown() {
      shown = Promise.withResolvers()
      return shown.promise
    },
    close() {
      page.live.stop()
      page.closeConversation(person)
      requests.close()
    },
  }
}

/** The last message of the conversation. Nothing is edited, so its version is the conversation's. */
async function startOf(fetch: Requests['fetch'], person: string) {
  const response = await fetch(`${paths.api.messages(person)}?limit=1`)
  const { results, previous } = (await response.json()) as MessagePageView
  return { messages: results, previous, version: results.at(-1)?.version ?? 0 }
}

/** Sends the page's requests over as many keep-alive connections as it has requests at once, until it is closed. */
function requestsOver(origin: string, caller: Caller) {
  const connections: Client[] = []
  const idle: Client[] = []
  let closed = false
  async function fetch(path: string, { method = 'GET', headers, body }: RequestInit = {}): Promise<Response> {
    // A closed page must not retry its requests during the next measurement.
    if (closed) return new Promise(() => {})
    let connection = idle.pop()
    if (!connection) {
      connection = await connect(origin, caller)
      connections.push(connection)
    }
    const reply = await connection.send(method, path, {
      headers: headers as Record<string, string>,
      ...(body && { body: body as string }),
    })
    idle.push(connection)
    return new Response(reply.status === 204 ? null : reply.body, { status: reply.status })
  }
  return {
    fetch,
    close() {
      closed = true
      for (const connection of connections) connection.close()
    },
  }
}
type Requests = ReturnType<typeof requestsOver>
