import { UNREAD_LIMIT } from '../src/conversations/limits.ts'
import type { ConversationPageView } from '../src/conversations/schema.ts'
import type { StoredTables } from '../src/database/tables.ts'
import type { MessageView } from '../src/messages/schema.ts'
import { paths, withQuery } from '../web/paths.ts'
import type { Person } from './people.ts'
import type { Tab } from './tab.ts'
import type { World } from './world.ts'

/** One message in the ledger, which no fault can reach. */
type Entry = {
  /** The tab or program that sent it. */
  at: string
  from: Person
  to: Person
  body: string
  /** Logical times of typing and of the 2xx response, from one counter. */
  typedAt: number
  acknowledgedAt: number | null
}

/** Checks the promises against a ledger outside the system: the client IDs, and which of them were acknowledged. */
export class Oracle {
  readonly #ledger = new Map<string, Entry>()
  readonly #edited = new Map<string, string>()
  readonly #received = new Set<string>()
  /** Messages that reached the disk of a browser: they must be delivered, whatever happens to the page. */
  readonly #saved = new Set<string>()
  readonly #faults: string[] = []
  #truths = new Map<string, Promise<MessageView[]>>()
  #moment = 0

  constructor(readonly world: World) {}

  typed(clientId: string, entry: Pick<Entry, 'at' | 'from' | 'to' | 'body'>): void {
    this.#ledger.set(clientId, { ...entry, typedAt: ++this.#moment, acknowledgedAt: null })
  }

  saved(clientId: string): void {
    this.#saved.add(clientId)
  }

  acknowledged(clientId: string): void {
    const entry = this.#ledger.get(clientId)
    if (entry) entry.acknowledgedAt ??= ++this.#moment
  }

  edited(id: string, body: string): void {
    this.#edited.set(id, body)
  }

  fault(text: string): void {
    this.#faults.push(text)
  }

  /** Checks text that reaches a browser for content of other conversations. */
  inspect(person: Person, text: string): void {
    for (const [mark, one, other] of text.matchAll(/«(\w+)-(\w+)»/g)) {
      if (person.role !== one && person.role !== other) this.fault(`${person.role} got ${mark}`)
    }
    const conversation = /^\{"type":"message","id":"(\d+)-/.exec(text)?.[1]
    if (conversation) this.#received.add(`${person.id} ${conversation}`)
  }

  /** Returns all current violations. Empty if all promises are kept and nothing is pending. */
  async faults(): Promise<string[]> {
    const { world } = this
    this.#truths.clear()
    const conversations = await this.#conversations()
    const faults = [...this.#faults, ...this.#unsettledTabs(conversations)]
    // The other checks are slow and would only report consequences.
    if (faults.length > 0) return faults
    for (const entry of this.#received) {
      const [person, id] = entry.split(' ').map(Number)
      const conversation = conversations.find((one) => one.id === id)
      if (!conversation || (conversation.low_id !== person && conversation.high_id !== person))
        faults.push(`user ${person} received an event of conversation ${id} of others`)
    }
    const stored = await this.#stored(conversations.map(({ id }) => id))
    faults.push(...this.#ledgerFaults(stored))
    for (const tab of world.awake) if (tab.page) faults.push(...(await this.#tabFaults(tab, tab.page)))
    if (!world.lossless) faults.push(...(await this.#listFaults()))
    return faults
  }

  /** Tabs that are not up to date or still have messages to send. */
  #unsettledTabs(conversations: { low_id: number; high_id: number; version: number }[]): string[] {
    return this.world.awake.flatMap(({ name, page, person, browser }) => {
      if (!page) return [`${name} did not load`]
      const pair = [person.id, browser.person.id]
      const conversation = conversations.find(
        ({ low_id, high_id }) => pair.includes(low_id) && pair.includes(high_id),
      )
      const { version, outbox } = page.thread.view()
      if (version !== (conversation?.version ?? 0))
        return [`${name} holds version ${version} of ${conversation?.version}`]
      const sending = outbox.map(({ clientId }) => clientId)
      return sending.length === 0 || this.world.lossless ? [] : [`${name} has unsent ${sending}`]
    })
  }

  /** Compares the ledger with the database. */
  #ledgerFaults(stored: Stored[]): string[] {
    const faults: string[] = []
    const places = new Map<string, number>()
    const bodies = new Map<string, number>()
    const last = new Map<number, number>()
    for (const message of stored) {
      const { conversation_id: conversation, seq } = message
      const entry = this.#ledger.get(message.client_id ?? '')
      const name = `${message.client_id} at ${conversation}-${seq}`
      if (seq !== (last.get(conversation) ?? 0) + 1) faults.push(`gap before ${name}`)
      last.set(conversation, seq)
      if (!entry) {
        faults.push(`${name} is unknown: ${message.body}`)
        continue
      }
      if (places.has(message.client_id!)) faults.push(`${name} is stored twice`)
      places.set(message.client_id!, seq)
      const body = this.#edited.get(`${conversation}-${seq}`) ?? entry.body
      if (body !== message.body) faults.push(`${name} contains ${message.body} instead of ${body}`)
      bodies.set(entry.body, seq)
    }
    const pairs = new Map<string, [string, Entry][]>()
    for (const [clientId, entry] of this.#ledger) {
      if (!places.has(clientId)) {
        if (entry.acknowledgedAt) faults.push(`${clientId} was acknowledged and is lost`)
        else if (this.#saved.has(clientId) && !this.world.lossless)
          faults.push(`${clientId} was saved and is not stored`)
        continue
      }
      const pair = [entry.from.role, entry.to.role].sort().join('-')
      pairs.set(pair, [...(pairs.get(pair) ?? []), [clientId, entry]])
    }
    for (const entries of pairs.values()) {
      for (const [a, first] of entries) {
        for (const [b, then] of entries) {
          const isBefore =
            first.at === then.at ? first.typedAt : (first.acknowledgedAt ?? Number.POSITIVE_INFINITY)
          if (isBefore < then.typedAt && places.get(a)! > places.get(b)!)
            faults.push(`${b} was typed after ${a} and is stored before it`)
        }
      }
    }
    return faults
  }

  /** Compares a tab with a freshly loaded page. */
  async #tabFaults({ name, person, browser }: Tab, { thread }: NonNullable<Tab['page']>): Promise<string[]> {
    const all = await this.truth(browser.person, person)
    const { messages, previous } = thread.view()
    const fresh = all.slice(all.length - messages.length)
    const faults: string[] = []
    if (!same(messages, fresh)) faults.push(`${name} shows ${list(messages)}, a fresh page ${list(fresh)}`)
    if ((previous === null) !== (fresh.length === all.length))
      faults.push(`${name} starts at ${messages[0]?.seq} with previous ${previous}`)
    return faults
  }

  /** Checks outboxes, read marks and unread counts. */
  async #listFaults(): Promise<string[]> {
    const { world } = this
    const faults: string[] = []
    const lists = new Map<Person, Promise<ConversationPageView>>()
    const listOf = (person: Person) => {
      const list =
        lists.get(person) ?? (world.get(person, paths.api.conversations) as Promise<ConversationPageView>)
      lists.set(person, list)
      return list
    }
    for (const browser of world.browsers) {
      const { waiting } = browser.disk
      if (waiting.length > 0) faults.push(`${browser.name} has not sent ${waiting}`)
      const { results } = await listOf(browser.person)
      let totalUnread = 0
      for (const { with: other, unread, readSeq } of results) {
        const person = world.people.find(({ username }) => username === other)!
        const all = await this.truth(browser.person, person)
        const later = all.filter(({ seq, sender }) => seq > readSeq && sender === other)
        const expected = Math.min(later.length, UNREAD_LIMIT)
        totalUnread += unread
        if (unread !== expected) faults.push(`${browser.name} has ${unread} unread instead of ${expected}`)
        const tabs = browser.tabs.filter(({ isAwake }) => isAwake)
        for (const tab of tabs) {
          if (tab.person === person && tab.readUpTo > readSeq)
            faults.push(`${tab.name} has read up to ${tab.readUpTo}, the server has ${readSeq}`)
        }
      }
      for (const { page, name } of browser.tabs.filter(({ isAwake }) => isAwake)) {
        if (page?.unread && page.unread() !== totalUnread)
          faults.push(`${name} shows ${page.unread()} unread instead of ${totalUnread}`)
      }
    }
    return faults
  }

  /** Returns the whole conversation as the API shows it to `me`. */
  truth(me: Person, person: Person): Promise<MessageView[]> {
    const pair = [me.id, person.id].sort().join(' ')
    const truth = this.#truths.get(pair) ?? this.#read(me, person)
    this.#truths.set(pair, truth)
    return truth
  }

  async #read(me: Person, person: Person): Promise<MessageView[]> {
    const all: MessageView[] = []
    for (let before: number | null | undefined; before !== null; ) {
      const path = withQuery(paths.api.messages(person.username), { before, limit: 100 })
      const page = (await this.world.get(me, path)) as { results: MessageView[]; previous: number | null }
      all.unshift(...page.results)
      before = page.previous
    }
    return all
  }

  #db() {
    return this.world.deps.orm.em.fork().getKysely<StoredTables>()
  }

  #conversations() {
    const ids = this.world.people.map(({ id }) => id)
    return this.#db().selectFrom('conversation').selectAll().where('low_id', 'in', ids).execute()
  }

  async #stored(conversations: number[]): Promise<Stored[]> {
    if (conversations.length === 0) return []
    return this.#db()
      .selectFrom('message')
      .select(['conversation_id', 'seq', 'client_id', 'body'])
      .where('conversation_id', 'in', conversations)
      .orderBy('conversation_id')
      .orderBy('seq')
      .execute()
  }
}

type Stored = { conversation_id: number; seq: number; client_id: string | null; body: string }

function same(one: readonly MessageView[], other: readonly MessageView[]): boolean {
  return JSON.stringify(one) === JSON.stringify(other)
}

function list(messages: readonly MessageView[]): string {
  return messages.map(({ seq, clientId, version }) => `${seq}:${clientId}@${version}`).join(' ') || 'nothing'
}
