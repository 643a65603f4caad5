import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { NetworkError } from '../../web/sync/api.ts'
import { ConversationStore } from '../../web/sync/conversation-store.ts'
import { SendQueue } from '../../web/sync/send-queue.ts'
import { FakeClock, FakeServer, memoryOutbox, settled } from '../support/page-fakes.ts'

/** What may happen next; the numbers choose among what is there. */
type Step =
  | { kind: 'send' | 'hear' | 'duplicate' | 'earlier' | 'catch up' | 'reload' | 'resume' }
  | { kind: 'say' | 'edit' | 'pass'; n: number }
  /** The next requests, in this order, fare so. */
  | { kind: 'network'; fates: Fate[] }

type Fate = 'well' | 'lost on the way there' | 'lost on the way back' | 'late'

const step = fc.oneof(
  fc.record({
    kind: fc.constantFrom('send', 'hear', 'duplicate', 'earlier', 'catch up', 'reload', 'resume'),
  }),
  fc.record({ kind: fc.constantFrom('say', 'edit', 'pass'), n: fc.nat(60) }),
  fc.record({
    kind: fc.constant('network'),
    fates: fc.array(fc.constantFrom<Fate>('well', 'lost on the way there', 'lost on the way back', 'late'), {
      maxLength: 6,
    }),
  }),
) as fc.Arbitrary<Step>

/** Ada's browser and the server, with everything between them under the control of the steps. */
class World {
  readonly clock = new FakeClock()
  readonly server = new FakeServer(4)
  readonly store = memoryOutbox()
  readonly sent: string[] = []
  fates: Fate[] = []
  late: (() => void)[] = []
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
      onAccountChanged() {},
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
      onStored: (_, message) => (message ? thread.onStored(message) : void thread.catchUp()),
      onChange() {},
    })
    return { thread, sender }
  }

  async #request<T>(serve: () => T): Promise<T> {
    const fate = this.fates.shift() ?? 'well'
    if (fate === 'lost on the way there') throw new NetworkError()
    const answer = serve()
    if (fate === 'lost on the way back') throw new NetworkError()
    if (fate === 'late') await new Promise<void>((resolve) => this.late.push(resolve))
    return answer
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
      case 'hear':
        // The latest first: reordered, and what is never heard is dropped.
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
        for (const answer of this.late.splice(0, 1 + (step.n % 3))) answer()
        await this.clock.pass(step.n * 100)
        break
      case 'network':
        this.fates = step.fates
    }
    // Some of what is under way goes on between two steps, and some does not.
    await Promise.resolve()
  }

  /** All is well again; everything that waits happens. */
  async calm(): Promise<void> {
    this.fates = []
    for (let round = 0; round < 4; round++) {
      for (const answer of this.late.splice(0)) answer()
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

test('Whatever is lost, doubled, late or out of order, the page ends up with what the server has, and each message once', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      const world = new World()
      for (const step of steps) await world.take(step)
      await world.calm()
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
