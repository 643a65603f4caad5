import { UserEntity } from '../../src/accounts/users/entity.ts'
import type { LiveEventView } from '../../src/live/schema.ts'
import { paths } from '../../web/paths.ts'
import type { Chat } from './chat.ts'
import type { Person } from './person.ts'

/** An event stream that is read one event at a time. */
export type EventStream = {
  response: Response
  /** Returns the next event other than heartbeats. It must be of `type`, if given. */
  next(type?: LiveEventView['type']): Promise<LiveEventView>
  /** Resolves when the server ends the stream; skips events until then. */
  ended(): Promise<void>
  /** Disconnects. */
  leave(): void
}

/** Opens an event stream. */
export async function openEvents(person: Person): Promise<EventStream> {
  const disconnect = new AbortController()
  const response = await person.fetch(paths.api.events, { signal: disconnect.signal })
  if (response.status !== 200) throw new Error(`no event stream: ${response.status}`)
  const events = eventsOf(response.body!)
  const read = async () => {
    for (;;) {
      const { value, done } = await events.next()
      if (done) return null
      if (value.type !== 'heartbeat') return value as LiveEventView
    }
  }
  return {
    response,
    async next(type) {
      const event = await read()
      if (!event) throw new Error(`the stream has ended; waited for ${type ?? 'an event'}`)
      if (type && event.type !== type) throw new Error(`waited for ${type}, got ${JSON.stringify(event)}`)
      return event
    },
    async ended() {
      while (await read());
    },
    leave: () => disconnect.abort(),
  }
}

/**
 * Subscribes to the bus. The returned function resolves when a `session-revoked` event of this person is published. The end
 * of a stream would not prove it: a heartbeat could have ended it later.
 */
export async function nextSignOut({ deps }: Chat, { username }: Person): Promise<() => Promise<void>> {
  const { id } = await deps.orm.em.fork().findOneOrFail(UserEntity, { username })
  const { promise, resolve } = Promise.withResolvers<void>()
  const unsubscribe = await deps.bus.subscribe(
    id,
    ({ event }) => void (event.type === 'session-revoked' && resolve()),
  )
  return () => promise.then(unsubscribe)
}

/** Parses the events of a stream (the subset of WHATWG HTML, 9.2.6 that the server uses). The name must equal the type. */
async function* eventsOf(body: ReadableStream<Uint8Array>): AsyncGenerator<{ type: string }> {
  let rest = ''
  for await (const chunk of body.pipeThrough(new TextDecoderStream() as never) as ReadableStream<string>) {
    const blocks = (rest + chunk).split('\n\n')
    rest = blocks.pop()!
    for (const block of blocks) {
      if (block.startsWith(':')) continue
      const [, name, json] = /^event: (\w+)\ndata: (.*)$/.exec(block) ?? []
      if (!name || !json) throw new Error(`not an event: ${block}`)
      const event = JSON.parse(json)
      if (event.type !== name) throw new Error(`an event ${event.type} under the name ${name}`)
      yield event
    }
  }
}
