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

/** Milliseconds after which the same person's next message starts a new group. */
const PAUSE = 5 * 60_000

/** `outbox` contains no message that is also in `messages`. */
type Source = Pick<ConversationProps, 'me' | 'messages' | 'outbox'> & { zone: string; newFrom: number | null }

/**
 * Returns {@link groupByDay} for one conversation and one viewer, which reuses the objects of the last call that have not
 * changed, so that they are not rendered again. With thousands of messages, only new ones at the end cost time.
 */
export function createGrouping(): (source: Source) => Day[] {
  const cache: EntryCache = new WeakMap()
  let last: Source | null = null
  /** The days of `last`, without the messages that are being sent. */
  let days: Day[] = []
  return (source) => {
    if (last && isContinued(last, source)) {
      const added = source.messages.slice(last.messages.length)
      days = append(days, storedEntries(added, source, cache), source.newFrom)
    } else days = reuse(days, append([], storedEntries(source.messages, source, cache), source.newFrom))
    last = source
    return append(days, outgoingEntries(source), null)
  }
}

/** The conversation by days and groups; the message `newFrom` starts a new group. */
export function groupByDay(source: Source): Day[] {
  return createGrouping()(source)
}

/** Whether `next` only adds messages at the end. */
function isContinued(last: Source, next: Source): boolean {
  return last.newFrom === next.newFrom && last.messages.every((message, at) => message === next.messages[at])
}

/** Returns `days` with the entries after them. Days and groups that do not change are the same objects. */
function append(days: readonly Day[], entries: readonly Entry[], newFrom: number | null): Day[] {
  const result = [...days]
  const isNew = new Set<Day | MessageGroup>()
  let day = result.at(-1)
  let group = day?.groups.at(-1)
  let previous = group?.entries.at(-1)
  for (const entry of entries) {
    // If a clock was set back, an earlier day does not appear again.
    if (!day || entry.day > day.key) {
      day = { key: entry.day, at: entry.createdAt, groups: [] }
      result.push(day)
      group = undefined
    } else if (!isNew.has(day)) {
      day = { ...day, groups: [...day.groups] }
      result[result.length - 1] = day
    }
    isNew.add(day)
    const startsNew = newFrom !== null && 'message' in entry && entry.message.seq === newFrom
    const isNear = previous && Math.abs(entry.time - previous.time) < PAUSE
    if (!group || !isNear || startsNew || group.own !== entry.own) {
      group = { key: entry.key, own: entry.own, startsNew, entries: [] }
      day.groups.push(group)
    } else if (!isNew.has(group)) {
      group = { ...group, entries: [...group.entries] }
      day.groups[day.groups.length - 1] = group
    }
    isNew.add(group)
    group.entries.push(entry)
    previous = entry
  }
  return result
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

type EntryCache = WeakMap<MessageView, Entry>

function storedEntries(messages: readonly MessageView[], { me, zone }: Source, cache: EntryCache): Entry[] {
  return messages.map((message) => {
    const held = cache.get(message)
    if (held) return held
    const own = message.sender === me.username
    const key = own && message.clientId ? message.clientId : `s${message.seq}`
    const entry = { key, own, message, ...timesOf(message.createdAt, zone) }
    cache.set(message, entry)
    return entry
  })
}

/** A message that is being sent is last, even if the browser's clock is behind the server's. */
function outgoingEntries({ messages, outbox, zone }: Source): Entry[] {
  const latest = messages.at(-1)?.createdAt ?? ''
  return outbox.map((outgoing) => {
    const isBehind = outgoing.createdAt < latest
    const createdAt = isBehind ? latest : outgoing.createdAt
    return { key: outgoing.clientId, own: true, outgoing, ...timesOf(createdAt, zone) }
  })
}

const timesOf = (createdAt: string, zone: string) => ({
  createdAt,
  time: Date.parse(createdAt),
  day: dayKey(createdAt, zone),
})
