/** One message as found in the database or on a client. */
export type Found = { seq: number; sender: string; clientId: string | null; body: string }

/** The state of one conversation, observed from outside. */
export type Evidence = {
  /** The usernames of its two members. */
  between: readonly [string, string]
  /** The database rows ordered by `seq`, read after `shown`. */
  stored: readonly Found[]
  /** The number of rows that every client has had time to show. */
  settled: number
  /** The messages that each client of the two members shows, by client name. */
  shown: ReadonlyMap<string, readonly Found[]>
}

export const RULES = ['lost', 'duplicated', 'out of order', 'invented', 'leaked', 'refused', 'stuck'] as const
export type Violation = {
  rule: (typeof RULES)[number]
  /** The client ID of the message concerned, if any. Each is counted once, wherever it is found. */
  message?: string | null
  what: string
}

/** Identifies a violation. */
export const keyOf = ({ rule, message, what }: Violation) => `${rule} ${message ?? what}`

type Entry = {
  from: string
  to: string
  body: string
  sentAt: number
  answer?: { at: number; seq: number | null }
}

/**
 * Sent and acknowledged messages, recorded outside the system under test. Times are logical: all clients run in this
 * process, so a counter orders them.
 */
export class Ledger {
  readonly #entries = new Map<string, Entry>()
  #time = 0
  #acknowledged = 0

  /** The number of messages that received a 2xx response. */
  get acknowledged(): number {
    return this.#acknowledged
  }

  /** Records the first attempt to send; retries have no effect. */
  sending(clientId: string, message: { from: string; to: string; body: string }): void {
    if (!this.#entries.has(clientId)) this.#entries.set(clientId, { ...message, sentAt: ++this.#time })
  }

  /** Records a 2xx response: the message must not be lost from now on. `seq` is null if the response body did not arrive. */
  acknowledge(clientId: string, { seq }: { seq: number | null }): void {
    const entry = this.#entries.get(clientId)
    if (!entry || entry.answer) return
    entry.answer = { at: ++this.#time, seq }
    this.#acknowledged++
  }

  /** Returns all violations in one conversation. */
  check({ between, stored, settled, shown }: Evidence): Violation[] {
    const [one, other] = between
    const entries = new Map(
      [...this.#entries].filter(
        ([, { from, to }]) => (from === one && to === other) || (from === other && to === one),
      ),
    )
    return [
      ...missing(entries, stored, 'the database'),
      ...suspicious(entries, stored, 'the database'),
      ...disordered(entries, stored),
      ...[...shown].flatMap(([client, found]) => [
        ...missing(entries, found, client, settled),
        ...suspicious(entries, found, client),
        ...differing(found, stored, settled, client),
      ]),
    ].map((violation) => ({ ...violation, what: `${one} and ${other}: ${violation.what}` }))
  }
}

type Entries = ReadonlyMap<string, Entry>

function about(message: string | null, rule: Violation['rule'], what: string): Violation {
  return { rule, message, what: `${message} ${what}` }
}

/** Acknowledged messages that are missing. Those after `settled` may not have reached a client yet. */
function* missing(
  entries: Entries,
  found: readonly Found[],
  where: string,
  settled = Infinity,
): Generator<Violation> {
  const there = new Set(found.map(({ clientId }) => clientId))
  for (const [clientId, { answer }] of entries) {
    if (answer && (answer.seq ?? 0) <= settled && !there.has(clientId))
      yield about(clientId, 'lost', `was acknowledged as ${answer.seq} but is not in ${where}`)
  }
}

/** Events that a person received about conversations of others. `with` names the other member of a conversation. */
export function leaked(
  person: string,
  partners: readonly string[],
  events: readonly { with: string }[],
): Violation[] {
  return events
    .filter((event) => !partners.includes(event.with))
    .map((event) => ({ rule: 'leaked', what: `${person} received ${JSON.stringify(event)}` }))
}

/** Messages that are duplicated or differ from what was sent. */
function* suspicious(entries: Entries, found: readonly Found[], where: string): Generator<Violation> {
  const seen = new Set<string>()
  for (const { clientId, seq, sender, body } of found) {
    const entry = entries.get(clientId ?? '')
    if (entry?.from !== sender || entry.body !== body)
      yield about(clientId, 'invented', `is ${seq} in ${where} but was never sent like this`)
    else if (seen.has(clientId!)) yield about(clientId, 'duplicated', `is in ${where} again as ${seq}`)
    else if ((entry.answer?.seq ?? seq) !== seq)
      yield about(
        clientId,
        'out of order',
        `was acknowledged as ${entry.answer?.seq} but is ${seq} in ${where}`,
      )
    seen.add(clientId!)
  }
}

/** Gaps in `seq`, and messages stored after one that was only sent once they were acknowledged. */
function* disordered(entries: Entries, stored: readonly Found[]): Generator<Violation> {
  for (const [index, { seq }] of stored.entries()) {
    if (seq !== index + 1) {
      yield { rule: 'out of order', what: `the database has ${seq} in place of ${index + 1}` }
      break
    }
  }
  let earliest: { at: number; clientId: string } | undefined
  for (const { clientId } of stored.toReversed()) {
    const entry = entries.get(clientId ?? '')
    if (!entry) continue
    if (earliest && earliest.at < entry.sentAt)
      yield about(
        clientId,
        'out of order',
        `was sent after ${earliest.clientId} was acknowledged but precedes it`,
      )
    const at = entry.answer?.at ?? Infinity
    if (!earliest || at < earliest.at) earliest = { at, clientId: clientId! }
  }
}

/** Differences between a client and the database. It must show a prefix of at least `settled` messages. */
function* differing(
  found: readonly Found[],
  stored: readonly Found[],
  settled: number,
  client: string,
): Generator<Violation> {
  const place = found.findIndex((message, index) => message.clientId !== stored[index]?.clientId)
  if (place >= 0)
    yield {
      rule: 'out of order',
      what: `${client} shows a different message than is stored at ${place + 1}`,
    }
  else if (found.length < settled)
    yield { rule: 'lost', what: `${client} shows ${found.length} of ${settled} messages` }
}
