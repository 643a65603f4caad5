import type { MessageView } from '../../src/messages/schema.ts'
import { dayKey } from '../ui/time.ts'
import type { ConversationProps, Outgoing } from './conversation-props.ts'

/** One line of the conversation: a stored message, or one that is being sent. */
export type Entry = {
  /** Stable when the server confirms the message, so that its element is kept. */
  key: string
  own: boolean
  createdAt: string
  /** `createdAt` in milliseconds and as the viewer's day: cached, since both are slow for thousands of messages. */
  time: number
  day: string
} & ({ message: MessageView } | { outgoing: Outgoing })

/** Consecutive messages of one person. */
export type MessageGroup = { key: string; own: boolean; startsNew: boolean; entries: Entry[] }
export type Day = { key: string; at: string; groups: MessageGroup[] }

/** Milliseconds after which the same person's next message begins a new group. */
const PAUSE = 5 * 60_000

type Source = Pick<ConversationProps, 'me' | 'messages' | 'outbox'> & { zone: string; newFrom: number | null }
type EntryCache = WeakMap<MessageView, Entry>

/**
 * Returns {@link groupByDay} for one conversation and one viewer, which reuses the objects of the last call that have
 * not changed, so that they are not rendered again.
 */
export function createGrouping(): (source: Source) => Day[] {
  const cache: EntryCache = new WeakMap()
  let days: Day[] = []
  return (source) => {
    days = reuse(days, groupByDay(source, cache))
    return days
  }
}

function reuse(before: Day[], after: Day[]): Day[] {
  const heldDays = new Map(before.map((day) => [day.key, day]))
  return after.map((day) => {
    const heldDay = heldDays.get(day.key)
    if (!heldDay) return day
    const heldGroups = new Map(heldDay.groups.map((group) => [group.key, group]))
    const groups = day.groups.map((group) => {
      const held = heldGroups.get(group.key)
      return held?.startsNew === group.startsNew && isSame(held.entries, group.entries) ? held : group
    })
    return isSame(groups, heldDay.groups) ? heldDay : { ...day, groups }
  })
}

function isSame(one: readonly object[], other: readonly object[]): boolean {
  return one.length === other.length && one.every((item, at) => item === other[at])
}

/** The conversation by days and groups; the message `newFrom` starts a new group. */
export function groupByDay(
  { me, messages, outbox, zone, newFrom }: Source,
  cache: EntryCache = new WeakMap(),
): Day[] {
  const days: Day[] = []
  let last: Entry | undefined
  for (const entry of entries({ me: me.username, messages, outbox, zone }, cache)) {
    let day = days.at(-1)
    // If a clock was set back, an earlier day does not appear again.
    if (!day || entry.day > day.key) {
      day = { key: entry.day, at: entry.createdAt, groups: [] }
      days.push(day)
    }
    const startsNew = newFrom !== null && 'message' in entry && entry.message.seq === newFrom
    const group = day.groups.at(-1)
    if (group && !startsNew && last?.own === entry.own && Math.abs(entry.time - last.time) < PAUSE)
      group.entries.push(entry)
    else day.groups.push({ key: entry.key, own: entry.own, startsNew, entries: [entry] })
    last = entry
  }
  return days
}

type Lines = Pick<Source, 'messages' | 'outbox' | 'zone'> & { me: string }

function entries({ me, messages, outbox, zone }: Lines, cache: EntryCache): Entry[] {
  const confirmed = new Set<string>()
  const lines = messages.map((message): Entry => {
    const own = message.sender === me
    if (own && message.clientId) confirmed.add(message.clientId)
    const held = cache.get(message)
    if (held) return held
    const key = own && message.clientId ? message.clientId : `s${message.seq}`
    const entry = { key, own, message, ...timesOf(message.createdAt, zone) }
    cache.set(message, entry)
    return entry
  })
  const latest = messages.at(-1)?.createdAt ?? ''
  for (const outgoing of outbox) {
    if (confirmed.has(outgoing.clientId)) continue
    // A message that is being sent is last, even if the browser's clock is behind the server's.
    const isBehind = outgoing.createdAt < latest
    const createdAt = isBehind ? latest : outgoing.createdAt
    lines.push({ key: outgoing.clientId, own: true, outgoing, ...timesOf(createdAt, zone) })
  }
  return lines
}

const timesOf = (createdAt: string, zone: string) => ({
  createdAt,
  time: Date.parse(createdAt),
  day: dayKey(createdAt, zone),
})
