import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { NetworkError } from '../../web/sync/api.ts'
import { ConversationStore } from '../../web/sync/conversation-store.ts'
import { SendQueue } from '../../web/sync/send-queue.ts'
import { FakeClock, FakeServer, memoryOutbox, settled } from '../support/page-fakes.ts'

/** One step. Numbers select an existing item by index. */
type Step =
  | { kind: 'send' | 'hint' | 'duplicate' | 'earlier' | 'catch up' | 'reload' | 'resume' }
  | { kind: 'say' | 'edit' | 'pass'; n: number }
  /** Sets the fates of the next requests. */
  | { kind: 'network'; fates: Fate[] }

type Fate = 'delivered' | 'request lost' | 'response lost' | 'delayed'

const step = fc.oneof(
  fc.record({
    kind: fc.constantFrom('send', 'hint', 'duplicate', 'earlier', 'catch up', 'reload', 'resume'),
  }),
  fc.record({ kind: fc.constantFrom('say', 'edit', 'pass'), n: fc.nat(60) }),
  fc.record({
    kind: fc.constant('network'),
    fates: fc.array(fc.constantFrom<Fate>('delivered', 'request lost', 'response lost', 'delayed'), {
      maxLength: 6,
    }),
  }),
) as fc.Arbitrary<Step>

/** Ada's browser and the server, connected by a network that the steps control. */
class World {
  readonly clock = new FakeClock()
  readonly server = new FakeServer(4)
  readonly store = memoryOutbox()
  readonly sent: string[] = []
  fates: Fate[] = []
  delayed: (() => void)[] = []
  events: number[] = []
  page = this.#load()

  #load() {
    const thread: ConversationStore = new ConversationStore({
      me: 'ada',
      person: 'bob',
      start: this.server.start(5),
      changes: (_, since) => this.#request(() => this.server.changes(since)),
      earlier: (_, before) => this.#request(() => this.server.page(before, 3)),
      clock: this.clock,
      random: () => 0.5,
      outgoing: () => sender.outgoing('bob'),
      onConfirmed: (clientIds) => sender.confirm(clientIds),
      onChange() {},
      onMoved() {},
    })
    const sender: SendQueue = new SendQueue({
      post: (to, message) =>
        this.#request(() => {
          const before = this.server.version
          const stored = this.server.post('ada', to, message)
          if (this.server.version > before) this.events.push(stored.version)
          return stored
        }),
      store: this.store,
      clock: this.clock,
      random: () => 0.5,
      uuid: () => crypto.randomUUID(),
      reason: () => 'refused',
      onClosed() {},
      onStored: (_, message) => thread.onStored(message),
      onChange() {},
    })
    return { thread, sender }
  }

  async #request<T>(serve: () => T): Promise<T> {
    const fate = this.fates.shift() ?? 'delivered'
    if (fate === 'request lost') throw new NetworkError()
    const response = serve()
    if (fate === 'response lost') throw new NetworkError()
    if (fate === 'delayed') await new Promise<void>((resolve) => this.delayed.push(resolve))
    return response
  }

  async take(step: Step): Promise<void> {
    const { thread, sender } = this.page
    switch (step.kind) {
      case 'send':
        this.sent.push(sender.send('bob', `ada ${this.sent.length}`))
        break
      case 'say':
        for (let n = 0; n <= step.n % 12; n++) this.#say()
        break
      case 'edit':
        this.server.edit((step.n % (this.server.messages.length || 1)) + 1, `edited ${this.server.version}`)
        this.events.push(this.server.version)
        break
      case 'hint':
        // Newest first, so events are reordered; the rest are dropped.
        thread.onVersionHint(this.events.pop() ?? 0)
        break
      case 'duplicate':
        for (const version of this.events) thread.onVersionHint(version)
        break
      case 'earlier':
        thread.loadEarlier().catch(() => {})
        break
      case 'catch up':
        void thread.catchUp()
        break
      case 'resume':
        void sender.resume()
        break
      case 'reload':
        thread.close()
        this.page = this.#load()
        void this.page.sender.resume()
        break
      case 'pass':
        for (const response of this.delayed.splice(0, 1 + (step.n % 3))) response()
        await this.clock.pass(step.n * 100)
        break
      case 'network':
        this.fates = step.fates
    }
    // Lets some of the pending work proceed between two steps.
    await Promise.resolve()
  }

  /** Ends all faults and finishes pending work. */
  async recover(): Promise<void> {
    this.fates = []
    for (let round = 0; round < 4; round++) {
      for (const response of this.delayed.splice(0)) response()
      await this.page.sender.resume()
      void this.page.thread.catchUp()
      await this.clock.pass(60_000)
    }
    while (this.page.thread.view().previous !== null) await this.page.thread.loadEarlier()
    await settled()
  }

  #say(): void {
    this.events.push(
      this.server.post('bob', 'ada', { body: `bob ${this.server.version}`, clientId: null }).version,
    )
  }
}

test('the page converges to the state of the server despite lost, duplicated, delayed and reordered events', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      const world = new World()
      for (const step of steps) await world.take(step)
      await world.recover()
      const { messages, outbox, version } = world.page.thread.view()
      expect(messages).toEqual(world.server.messages)
      expect(version).toBe(world.server.version)
      expect(outbox).toEqual([])
      expect(world.store.kept.size).toBe(0)
      const mine = world.server.messages
        .filter(({ sender }) => sender === 'ada')
        .map(({ clientId }) => clientId)
      expect(mine).toEqual(world.sent)
    }),
    { numRuns: 300 },
  )
})
