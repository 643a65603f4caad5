import { setImmediate } from 'node:timers/promises'
import type { Deps } from '../src/process/deps.ts'
import { SILENCE_TIMEOUT_MS, SWEEP_INTERVAL_MS } from '../web/sync/connection.ts'
import { createReadMark } from '../web/sync/read-mark.ts'
import {
  apiWith,
  ConcurrentQueue,
  ForgetfulPage,
  IdlePage,
  liveWith,
  StalePage,
  StoreIgnoringHints,
  StoreReadingOnce,
  StoreSkippingChanges,
  without,
  withTransactions,
} from './broken-parts.ts'
import type { Parts } from './world.ts'

/** A plausible mistake, injected from outside. */
export type Bug = {
  name: string
  /** The index of the default world that detected it last, which is tried first. */
  world: number
  /** Matches the oracle's report. */
  report: RegExp
  /** Needs a lossless world: otherwise the sweep repairs the effect in time. */
  lossless?: boolean
  /** Needs a world in which database nodes lag. */
  lagging?: boolean
  /** Replaced parts of the page. */
  parts?: Partial<Parts>
  /** Replaces dependencies of each process. */
  deps?: (deps: Deps) => Deps
  /** An SQL statement that damages the schema. */
  sql?: string
}

let attempts = 0

export const bugs: Bug[] = [
  {
    name: 'a repeated send is stored again',
    world: 15,
    report: /is stored twice/,
    sql: 'drop index message_conversation_id_sender_id_client_id_unique',
  },
  {
    name: 'a send is acknowledged before its commit',
    world: 13,
    report: /was acknowledged and is lost|a fresh page/,
    deps: withTransactions(
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
    name: 'a gap in the bus is not announced',
    world: 136,
    report: /holds version|has unsent/,
    lossless: true,
    deps: (deps) => ({ ...deps, bus: { ...deps.bus, onGap() {} } }),
  },
  {
    name: 'a connection also receives the events of another user',
    world: 0,
    report: /of others/,
    deps: (deps) => ({
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
    name: 'the page reads before it is subscribed',
    world: 53,
    report: /holds version|has unsent/,
    lossless: true,
    parts: {
      transport: (transport) => (on) => {
        on.frame('{"type":"ready","connection":"none"}')
        return transport({ ...on, frame: (json) => !json.startsWith('{"type":"ready"') && on.frame(json) })
      },
    },
  },
  {
    name: 'a reconnected page does not catch up',
    world: 2,
    report: /holds version|has unsent/,
    lossless: true,
    parts: { SharedConnection: liveWith(() => ({ onMissed() {} })) },
  },
  {
    name: 'the page does not catch up its conversations after a gap',
    world: 2,
    report: /holds version|has unsent/,
    lossless: true,
    parts: { Page: StalePage },
  },
  {
    name: 'the page resumes neither the outbox nor the read marks after a gap',
    world: 4,
    report: /has not sent|was saved and is not stored|the server knows|unread instead/,
    parts: { Page: ForgetfulPage },
  },
  {
    name: 'the page never resumes the outbox',
    world: 9,
    report: /has not sent|was saved and is not stored/,
    parts: { Page: IdlePage },
  },
  {
    name: 'the page does not reconnect',
    world: 0,
    report: /holds version|has unsent/,
    lossless: true,
    parts: { SharedConnection: liveWith(() => ({ random: () => Number.POSITIVE_INFINITY })) },
  },
  {
    name: 'the page does not detect a half-open connection',
    world: 13,
    report: /holds version|has unsent/,
    lossless: true,
    parts: {
      SharedConnection: liveWith(({ clock }) => ({
        clock: without(clock, SILENCE_TIMEOUT_MS, SWEEP_INTERVAL_MS),
      })),
    },
  },
  {
    name: 'the page never sweeps',
    world: 23,
    report: /holds version|has not sent|unread|the server knows/,
    parts: { SharedConnection: liveWith(({ clock }) => ({ clock: without(clock, SWEEP_INTERVAL_MS) })) },
  },
  {
    name: 'the leading tab does not forward events',
    world: 0,
    report: /holds version|has unsent/,
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
    name: 'no tab takes over from a suspended leader',
    world: 101,
    report: /holds version|has unsent/,
    lossless: true,
    parts: {
      tabs: ({ locks, ...tabs }) => ({
        ...tabs,
        locks: { request: (name, { steal: _, ...options }, run) => locks.request(name, options, run) },
      }),
    },
  },
  {
    name: 'an event that arrives during a read is dropped',
    world: 8,
    report: /holds version|has unsent/,
    lossless: true,
    parts: { ConversationStore: StoreIgnoringHints },
  },
  {
    name: 'the changes that an event announces are read only once',
    world: 12,
    report: /holds version/,
    lagging: true,
    parts: { ConversationStore: StoreReadingOnce },
  },
  {
    name: 'catching up stops after the first page',
    world: 16,
    report: /holds version|has unsent/,
    lossless: true,
    parts: {
      createApi: apiWith(({ changes }) => ({
        changes: async (person, since) => ({ ...(await changes(person, since)), more: false }),
      })),
    },
  },
  {
    name: 'the page catches up since the last seq instead of the last version',
    world: 0,
    report: /holds version|has unsent/,
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
    name: 'a page of changes has a later version than its rows',
    world: 0,
    report: /a fresh page|starts at|has unsent/,
    parts: {
      createApi: apiWith(({ changes }) => ({
        async changes(person, since) {
          const page = await changes(person, since)
          const later = page.more ? page : await changes(person, page.version)
          return { ...page, version: later.version }
        },
      })),
    },
  },
  {
    name: 'the response to a send hides the changes before it',
    world: 1,
    report: /holds version|a fresh page|has unsent/,
    parts: { ConversationStore: StoreSkippingChanges },
  },
  {
    name: 'a reload drops the outbox',
    world: 0,
    report: /was saved and is not stored/,
    parts: { outbox: (store) => ({ ...store, all: async () => [] }) },
  },
  {
    name: 'a closed page drops messages that are not stored yet',
    world: 9,
    report: /was saved and is not stored/,
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
    name: 'sent messages stay in the outbox',
    world: 0,
    report: /has not sent/,
    parts: { outbox: (store) => ({ ...store, remove: async () => {} }) },
  },
  {
    name: 'a retry has another client ID',
    world: 0,
    report: /is unknown/,
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
    name: 'a send does not wait for the previous one',
    world: 14,
    report: /is stored before it/,
    parts: { SendQueue: ConcurrentQueue },
  },
  {
    name: 'a failed read mark is not retried',
    world: 13,
    report: /has read up to/,
    parts: {
      createReadMark: (env) =>
        createReadMark({ ...env, read: (person, seq) => env.read(person, seq).catch(() => {}) }),
    },
  },
]
