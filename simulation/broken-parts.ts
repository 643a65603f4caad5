import type { Deps } from '../src/process/deps.ts'
import { Page } from '../web/client/page.ts'
import { createApi } from '../web/sync/api.ts'
import type { Clock } from '../web/sync/clock.ts'
import { ConversationStore, LAG_DELAYS_MS } from '../web/sync/conversation-store.ts'
import { SendQueue } from '../web/sync/send-queue.ts'
import { SharedConnection } from '../web/sync/shared-connection.ts'
import { overlay } from './process.ts'

type LiveEnv = ConstructorParameters<typeof SharedConnection>[0]
type ThreadEnv = ConstructorParameters<typeof ConversationStore>[0]

/** The live connection with parts of its environment replaced. */
export const liveWith = (change: (env: LiveEnv) => Partial<LiveEnv>) =>
  class extends SharedConnection {
    constructor(env: LiveEnv) {
      super({ ...env, ...change(env) })
    }
  }

type Api = ReturnType<typeof createApi>
/** The API with some functions replaced. */
export const apiWith =
  (change: (api: Api) => Partial<Api>): typeof createApi =>
  (env) => {
    const api = createApi(env)
    return { ...api, ...change(api) }
  }

/** A clock whose timers of these durations never fire. */
export const without = (clock: Clock, ...durations: number[]): Clock => ({
  ...clock,
  after: (ms, run) => (durations.includes(ms) ? () => {} : clock.after(ms, run)),
})

/** Sends immediately, without waiting for the previous send. */
export class ConcurrentQueue extends SendQueue {
  override send(to: string, body: string): string {
    const clientId = super.send(to, body)
    this.env.post(to, { body, clientId }).catch(() => {})
    return clientId
  }
}

/** Ignores events that arrive during a read. */
export class StoreIgnoringHints extends ConversationStore {
  #reads = 0
  constructor(env: ThreadEnv) {
    const changes: ThreadEnv['changes'] = async (person, since) => {
      this.#reads++
      return env.changes(person, since).finally(() => this.#reads--)
    }
    super({ ...env, changes })
  }
  override onVersionHint(version: number): void {
    if (this.#reads === 0) super.onVersionHint(version)
  }
}

/** Does not read again when the response lacks the version of an event. */
export class StoreReadingOnce extends ConversationStore {
  constructor(env: ThreadEnv) {
    super({ ...env, clock: without(env.clock, ...LAG_DELAYS_MS.slice(0, 1)) })
  }
}

/** Treats the response to a send as if it included all changes since. */
export class StoreSkippingChanges extends ConversationStore {
  override onStored(message: Parameters<ConversationStore['onStored']>[0]): void {
    super.onStored({ ...message, version: this.view().version + 1 })
  }
}

/** After a gap, catches up only the conversations: neither list, read mark nor outbox. */
export class ForgetfulPage extends Page {
  protected override onMissed(): void {
    for (const conversation of this.conversations.values()) void conversation.catchUp()
  }
}

/** Never resumes the outbox. */
export class IdlePage extends Page {
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
export class StalePage extends Page {
  protected override onMissed(): void {
    void this.list.refresh()
    this.readMark.flush()
    void this.queue.resume()
  }
}

type Transactional = ReturnType<Deps['orm']['em']['fork']>['transactional']

/** Replaces `transactional` of each entity manager. */
export function withTransactions(change: (transactional: Transactional) => Transactional) {
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
