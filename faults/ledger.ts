/** What one message says for itself, wherever it is found. */
export type Found = { seq: number; sender: string; clientId: string | null; body: string }

/** What became of one conversation, as seen from outside at one moment. */
export type Evidence = {
  /** Its two people. */
  between: readonly [string, string]
  /** The rows of the database, read after `shown`, by `seq`. */
  stored: readonly Found[]
  /** How many of them were there before: each client had the time to show as many. */
  settled: number
  /** What each client of the two shows, by the client's name. */
  shown: ReadonlyMap<string, readonly Found[]>
}

export const RULES = ['lost', 'doubled', 'out of order', 'invented', 'leaked', 'refused', 'stuck'] as const
export type Violation = {
  rule: (typeof RULES)[number]
  /** The client ID of the message, where it is about one: it counts once, wherever it is seen. */
  message?: string | null
  what: string
}

/** What tells two violations apart. */
export const keyOf = ({ rule, message, what }: Violation) => `${rule} ${message ?? what}`

type Entry = {
  from: string
  to: string
  body: string
  sentAt: number
  answer?: { at: number; seq: number | null }
}

/**
 * What was sent and what was acknowledged, kept outside the system under test. Times are a count of what happened here:
 * all clients are in this process, so one comes before the other or after it.
 */
export class Ledger {
  readonly #entries = new Map<string, Entry>()
  #time = 0
  #acknowledged = 0

  /** Messages that were answered with 2xx. */
  get acknowledged(): number {
    return this.#acknowledged
  }

  /** Before the first attempt; further ones change nothing. */
  sending(clientId: string, message: { from: string; to: string; body: string }): void {
    if (!this.#entries.has(clientId)) this.#entries.set(clientId, { ...message, sentAt: ++this.#time })
  }

  /** A 2xx: from now on the message is there for good. `seq` is null when the rest of the answer did not arrive. */
  acknowledge(clientId: string, { seq }: { seq: number | null }): void {
    const entry = this.#entries.get(clientId)
    if (!entry || entry.answer) return
    entry.answer = { at: ++this.#time, seq }
    this.#acknowledged++
  }

  /** Everything in the conversation that must not be. */
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

/** Acknowledged, and not there. What landed after `settled` may still be on its way to a client. */
function* missing(
  entries: Entries,
  found: readonly Found[],
  where: string,
  settled = Infinity,
): Generator<Violation> {
  const there = new Set(found.map(({ clientId }) => clientId))
  for (const [clientId, { answer }] of entries) {
    if (answer && (answer.seq ?? 0) <= settled && !there.has(clientId))
      yield about(clientId, 'lost', `was acknowledged as ${answer.seq}; it is not in ${where}`)
  }
}

/** What came to a person about conversations that they are not in; `with` names the other one of a conversation. */
export function overheard(
  person: string,
  partners: readonly string[],
  told: readonly { with: string }[],
): Violation[] {
  return told
    .filter((event) => !partners.includes(event.with))
    .map((event) => ({ rule: 'leaked', what: `${person} was told of ${JSON.stringify(event)}` }))
}

/** There twice, or not as it was sent. */
function* suspicious(entries: Entries, found: readonly Found[], where: string): Generator<Violation> {
  const seen = new Set<string>()
  for (const { clientId, seq, sender, body } of found) {
    const entry = entries.get(clientId ?? '')
    if (entry?.from !== sender || entry.body !== body)
      yield about(clientId, 'invented', `is ${seq} in ${where}, and nobody sent it like this`)
    else if (seen.has(clientId!)) yield about(clientId, 'doubled', `is in ${where} again as ${seq}`)
    else if ((entry.answer?.seq ?? seq) !== seq)
      yield about(clientId, 'out of order', `was told ${entry.answer?.seq}, is ${seq} in ${where}`)
    seen.add(clientId!)
  }
}

/** `seq` has a gap, or what was acknowledged before another was sent stands behind it. */
function* disordered(entries: Entries, stored: readonly Found[]): Generator<Violation> {
  for (const [index, { seq }] of stored.entries()) {
    if (seq !== index + 1) {
      yield { rule: 'out of order', what: `the database has ${seq} in the place of ${index + 1}` }
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
        `was sent once ${earliest.clientId} was acknowledged, and stands before it`,
      )
    const at = entry.answer?.at ?? Infinity
    if (!earliest || at < earliest.at) earliest = { at, clientId: clientId! }
  }
}

/** A client shows the start of what is stored, without a gap, at least as far as it had the time to. */
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
      what: `${client} shows another message than is stored in place ${place + 1}`,
    }
  else if (found.length < settled)
    yield { rule: 'lost', what: `${client} shows ${found.length} messages of ${settled}` }
}
