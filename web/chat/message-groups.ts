import type { MessageView } from '../../src/messages/schema.ts'
import { dayKey } from '../ui/time.ts'
import type { ConversationProps, Outgoing } from './conversation-props.ts'

/** One line of the conversation: a message, or one that is on its way. */
export type Entry = {
  /** The same before and after the server confirms, so that the element stays. */
  key: string
  own: boolean
  createdAt: string
} & ({ message: MessageView } | { outgoing: Outgoing })

/** What one person said without a break. */
type MessageGroup = { key: string; own: boolean; startsNew: boolean; entries: Entry[] }
export type Day = { key: string; at: string; runs: MessageGroup[] }

/** A pause after which the same person's next message begins a new run. */
const PAUSE = 5 * 60_000

type Source = Pick<ConversationProps, 'me' | 'messages' | 'outbox'> & { zone: string; newFrom: number | null }

/** The conversation by days and by runs; the run that holds the message `newFrom` begins with it. */
export function groupByDay({ me, messages, outbox, zone, newFrom }: Source): Day[] {
  const days: Day[] = []
  let last: Entry | undefined
  for (const entry of entries(me.username, messages, outbox)) {
    const key = dayKey(entry.createdAt, zone)
    let day = days.at(-1)
    // A clock set back must not bring a day twice.
    if (!day || key > day.key) {
      day = { key, at: entry.createdAt, runs: [] }
      days.push(day)
    }
    const startsNew = newFrom !== null && 'message' in entry && entry.message.seq === newFrom
    const run = day.runs.at(-1)
    if (run && !startsNew && last?.own === entry.own && pause(last, entry) < PAUSE) run.entries.push(entry)
    else day.runs.push({ key: entry.key, own: entry.own, startsNew, entries: [entry] })
    last = entry
  }
  return days
}

const pause = (a: Entry, b: Entry) => Math.abs(Date.parse(b.createdAt) - Date.parse(a.createdAt))

function entries(me: string, messages: readonly MessageView[], outbox: readonly Outgoing[]): Entry[] {
  const confirmed = new Set<string>()
  const lines = messages.map((message): Entry => {
    const own = message.sender === me
    if (own && message.clientId) confirmed.add(message.clientId)
    const key = own && message.clientId ? message.clientId : `s${message.seq}`
    return { key, own, createdAt: message.createdAt, message }
  })
  const latest = messages.at(-1)?.createdAt ?? ''
  for (const outgoing of outbox) {
    if (confirmed.has(outgoing.clientId)) continue
    // This browser's clock may be behind the server's; what is on its way stands last all the same.
    const behind = outgoing.createdAt < latest
    const createdAt = behind ? latest : outgoing.createdAt
    lines.push({ key: outgoing.clientId, own: true, createdAt, outgoing })
  }
  return lines
}
