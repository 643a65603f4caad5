import { setImmediate } from 'node:timers/promises'
import type { Deps } from '../src/process/deps.ts'
import { Page } from '../web/client/page.ts'
import { createApi } from '../web/sync/api.ts'
import type { Clock } from '../web/sync/clock.ts'
import { SILENCE_TIMEOUT_MS, SWEEP_INTERVAL_MS } from '../web/sync/connection.ts'
import { ConversationStore } from '../web/sync/conversation-store.ts'
import { createReadMark } from '../web/sync/read-mark.ts'
import { SendQueue } from '../web/sync/send-queue.ts'
import { SharedConnection } from '../web/sync/shared-connection.ts'
import { overlay } from './process.ts'
import type { Parts } from './world.ts'

/** A plausible mistake, injected from outside. */
export type Bug = {
  name: string
  /** Matches the oracle's report. */
  tells: RegExp
  /** Needs a lossless world: otherwise the sweep repairs the effect in time. */
  lossless?: boolean
  /** Replaced parts of the page. */
  parts?: Partial<Parts>
  /** Changes the dependencies of each process. */
  plant?: (deps: Deps) => Deps
  /** An SQL statement that damages the schema. */
  spoil?: string
}

type LiveEnv = ConstructorParameters<typeof SharedConnection>[0]
type ThreadEnv = ConstructorParameters<typeof ConversationStore>[0]

const liveWith = (change: (env: LiveEnv) => Partial<LiveEnv>) =>
  class extends SharedConnection {
    constructor(env: LiveEnv) {
      super({ ...env, ...change(env) })
    }
  }

type Api = ReturnType<typeof createApi>
const apiWith =
  (change: (api: Api) => Partial<Api>): typeof createApi =>
  (env) => {
    const api = createApi(env)
    return { ...api, ...change(api) }
  }

const without = (clock: Clock, ...durations: number[]): Clock => ({
  ...clock,
  after: (ms, run) => (durations.includes(ms) ? () => {} : clock.after(ms, run)),
})

/** Sends immediately, without waiting for the previous send. */
class Impatient extends SendQueue {
  override send(to: string, body: string): string {
    const clientId = super.send(to, body)
    this.env.post(to, { body, clientId }).catch(() => {})
    return clientId
  }
}

/** Ignores events that arrive during a read. */
class HalfDeaf extends ConversationStore {
  #reads = 0
  constructor(env: ThreadEnv) {
    const changes: ThreadEnv['changes'] = async (person, since) => {
      this.#reads++
      return env.changes(person, since).finally(() => this.#reads--)
    }
    super({ ...env, changes })
  }
  override hear(version: number): void {
    if (this.#reads === 0) super.hear(version)
  }
}

/** Treats the response to a send as if it included all changes since. */
class Trusting extends ConversationStore {
  override landed(message: Parameters<ConversationStore['landed']>[0]): void {
    super.landed({ ...message, version: this.view().version + 1 })
  }
}

/** After a gap, catches up only the conversations: neither list, read mark nor outbox. */
class ForgetfulPage extends Page {
  protected override onMissed(): void {
    for (const conversation of this.conversations.values()) void conversation.catchUp()
  }
}

/** Never resumes the outbox. */
class IdlePage extends Page {
  override start(): void {
    this.live.start()
  }
  protected override onMissed(): void {
    for (const conversation of this.conversations.values()) void conversation.catchUp()
    void this.list.refresh()
    this.readMark.flush()
  }
}

/** After a gap, does not catch up the conversations. */
class StalePage extends Page {
  protected override onMissed(): void {
    void this.list.refresh()
    this.readMark.flush()
    void this.queue.resume()
  }
}

let attempts = 0

export const bugs: Bug[] = [
  {
    name: 'a message that is repeated is stored again',
    tells: /is there twice/,
    spoil: 'drop index message_conversation_id_sender_id_client_id_unique',
  },
  {
    name: 'a send is answered before it is committed',
    tells: /was acknowledged and is lost|where a fresh page shows/,
    plant: withTransactions(
      (transactional) => (work) =>
        new Promise((resolve, reject) => {
          transactional(async (em) => {
            const result = await work(em)
            resolve(result)
            for (let turn = 0; turn < 4; turn++) await setImmediate()
            return result
          }).catch(reject)
        }),
    ),
  },
  {
    name: 'nobody is told that the bus was away',
    tells: /holds version|still sends/,
    lossless: true,
    plant: (deps) => ({ ...deps, bus: { ...deps.bus, onGap() {} } }),
  },
  {
    name: 'a connection hears the events of somebody else, too',
    tells: /which is of others/,
    plant: (deps) => ({
      ...deps,
      bus: {
        ...deps.bus,
        async subscribe(user, listener) {
          await deps.bus.subscribe(user - 1, listener)
          return deps.bus.subscribe(user, listener)
        },
      },
    }),
  },
  {
    name: 'a page reads first, and then listens',
    tells: /holds version|still sends/,
    lossless: true,
    parts: {
      transport: (transport) => (on) => {
        on.frame('{"type":"ready","connection":"none"}')
        return transport({ ...on, frame: (json) => !json.startsWith('{"type":"ready"') && on.frame(json) })
      },
    },
  },
  {
    name: 'a page that connects again does not catch up',
    tells: /holds version|still sends/,
    lossless: true,
    parts: { SharedConnection: liveWith(() => ({ onMissed() {} })) },
  },
  {
    name: 'the page does not catch up when it is connected',
    tells: /holds version|still sends/,
    lossless: true,
    parts: { Page: StalePage },
  },
  {
    name: 'the page neither sends the outbox nor repeats the read mark when it is connected',
    tells: /has not sent|was kept and never came|is known|unread for/,
    parts: { Page: ForgetfulPage },
  },
  {
    name: 'the page does not resume the outbox',
    tells: /has not sent|was kept and never came/,
    parts: { Page: IdlePage },
  },
  {
    name: 'a page that lost its connection stays without',
    tells: /holds version|still sends/,
    lossless: true,
    parts: { SharedConnection: liveWith(() => ({ random: () => Number.POSITIVE_INFINITY })) },
  },
  {
    name: 'a page does not notice a half-open connection',
    tells: /holds version|still sends/,
    lossless: true,
    parts: {
      SharedConnection: liveWith(({ clock }) => ({
        clock: without(clock, SILENCE_TIMEOUT_MS, SWEEP_INTERVAL_MS),
      })),
    },
  },
  {
    name: 'a page never looks by itself',
    tells: /holds version|has not sent|unread|is known/,
    parts: { SharedConnection: liveWith(({ clock }) => ({ clock: without(clock, SWEEP_INTERVAL_MS) })) },
  },
  {
    name: 'a tab that leads keeps to itself what it hears',
    tells: /holds version|still sends/,
    lossless: true,
    parts: {
      tabs: ({ open, ...tabs }) => ({
        ...tabs,
        open(name) {
          const channel = open(name)
          const { postMessage } = channel
          const keepsTo = (word: unknown) => (word as { type: string }).type !== 'event' && postMessage(word)
          return Object.assign(channel, { postMessage: keepsTo })
        },
      }),
    },
  },
  {
    name: 'nobody takes the lead from a tab that sleeps',
    tells: /holds version|still sends/,
    lossless: true,
    parts: {
      tabs: ({ locks, ...tabs }) => ({
        ...tabs,
        locks: { request: (name, { steal: _, ...options }, run) => locks.request(name, options, run) },
      }),
    },
  },
  {
    name: 'an event that comes while a page reads is forgotten',
    tells: /holds version|still sends/,
    lossless: true,
    parts: { ConversationStore: HalfDeaf },
  },
  {
    name: 'catching up ends with the first page',
    tells: /holds version|still sends/,
    lossless: true,
    parts: {
      createApi: apiWith(({ changes }) => ({
        changes: async (person, since) => ({ ...(await changes(person, since)), more: false }),
      })),
    },
  },
  {
    name: 'a page asks for what comes after the last message, not after the last version',
    tells: /holds version|still sends/,
    parts: {
      createApi: apiWith(({ changes }) => ({
        async changes(person, since) {
          const page = await changes(person, since)
          return { ...page, version: Math.max(since, ...page.results.map(({ seq }) => seq)) }
        },
      })),
    },
  },
  {
    name: 'a page of changes comes with the version of a moment later',
    tells: /where a fresh page shows|begins at|still sends/,
    parts: {
      createApi: apiWith(({ changes }) => ({
        async changes(person, since) {
          const page = await changes(person, since)
          const { version } = await changes(person, 4_294_967_295)
          return { ...page, version: page.more ? page.version : version }
        },
      })),
    },
  },
  {
    name: 'the answer to a send is taken for all that happened',
    tells: /holds version|where a fresh page shows|still sends/,
    parts: { ConversationStore: Trusting },
  },
  {
    name: 'what waits to be sent is forgotten by a reload',
    tells: /was kept and never came/,
    parts: { outbox: (store) => ({ ...store, all: async () => [] }) },
  },
  {
    name: 'a page that closes takes with it what is not written yet',
    tells: /was kept and never came/,
    parts: {
      local: (storage) =>
        Object.assign(Object.create(storage), {
          setItem(key: string, value: string) {
            storage.setItem(key, value)
            queueMicrotask(() => storage.removeItem(key))
          },
        }),
    },
  },
  {
    name: 'what was sent stays in the outbox',
    tells: /has not sent/,
    parts: { outbox: (store) => ({ ...store, remove: async () => {} }) },
  },
  {
    name: 'a message that is sent again is another message',
    tells: /nobody typed/,
    parts: {
      createApi: apiWith(({ send }) => ({
        send: (person, { body, clientId }) =>
          send(person, { body, clientId: `${clientId}.${++attempts}` }).then((message) => ({
            ...message,
            clientId,
          })),
      })),
    },
  },
  {
    name: 'a message does not wait for the one before it',
    tells: /stands behind it/,
    parts: { SendQueue: Impatient },
  },
  {
    name: 'a read mark that could not be told is forgotten',
    tells: /has read up to/,
    parts: {
      createReadMark: (env) =>
        createReadMark({ ...env, read: (person, seq) => env.read(person, seq).catch(() => {}) }),
    },
  },
]

type Transactional = ReturnType<Deps['orm']['em']['fork']>['transactional']

function withTransactions(change: (transactional: Transactional) => Transactional) {
  return (deps: Deps): Deps => {
    const { em } = deps.orm
    const fork = () => {
      const fork = em.fork()
      fork.transactional = change(fork.transactional)
      return fork
    }
    return { ...deps, orm: overlay(deps.orm, { em: overlay(em, { fork }) }) }
  }
}
