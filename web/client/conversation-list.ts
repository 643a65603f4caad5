import { chatPaths, withQuery } from '../chat/paths.ts'
import { isRetryable } from '../sync/api.ts'
import type { Clock } from '../sync/clock.ts'
import { paced } from '../sync/paced.ts'
import { singleFlight } from '../sync/single-flight.ts'

/** The list on the screen. */
export type ListView = {
  /** How many rows are shown; null while the page has no list. */
  rowCount(): number | null
  /** The username whose conversation is open. */
  selected(): string | null
  showList(html: string): Promise<void>
  /** Shows the row in its place; returns false if there is no list to insert it in yet. */
  showRow(html: string): Promise<boolean>
}

/** Bounds of `limit` when the whole list is fetched. */
const LIMIT = { min: 15, max: 100 }

/** With more stale rows than this, the whole list is the smaller response. */
const MAX_ROWS = 5

/**
 * Milliseconds from an event to the request of its row. A message that is read at once causes two events, which share one
 * request; a burst of events causes one request per `interval`.
 */
export const ROW_PACE = { delay: 200, interval: 1500 }

/**
 * Keeps the list of conversations up to date with HTML from the server: an event fetches only the row of its
 * conversation, and the whole list is fetched only when events may have been lost. Requests never overlap for the same
 * row, nor for a row and the whole list, so an older response cannot replace a newer one.
 */
export function createConversationList({
  fragment,
  clock,
  random,
  view,
}: {
  fragment(path: string): Promise<string>
  clock: Clock
  random(): number
  view: ListView | null
}) {
  const staleRows = new Set<string>()
  let isListStale = false

  async function fetchList(view: ListView, rows: number): Promise<void> {
    const limit = Math.min(Math.max(rows, LIMIT.min), LIMIT.max)
    await view.showList(
      await fragment(withQuery(chatPaths.conversations, { selected: view.selected(), limit })),
    )
  }

  async function fetchRow(view: ListView, person: string): Promise<void> {
    try {
      if (!(await view.showRow(await fragment(chatPaths.conversationRow(person))))) isListStale = true
    } catch (error) {
      // A rejected row must not keep the others from being shown.
      if (isRetryable(error)) throw error
    }
  }

  const fetchStale = singleFlight(async () => {
    const people = [...staleRows]
    const isWhole = isListStale || people.length > MAX_ROWS
    staleRows.clear()
    isListStale = false
    const rows = view?.rowCount() ?? null
    if (!view || rows === null) return
    try {
      if (isWhole) return await fetchList(view, rows)
      const fetched = await Promise.allSettled(people.map((person) => fetchRow(view, person)))
      const failed = fetched.find(({ status }) => status === 'rejected') as PromiseRejectedResult | undefined
      if (failed) throw failed.reason
      if (isListStale) {
        isListStale = false
        await fetchList(view, rows)
      }
    } catch (error) {
      if (!isRetryable(error)) return
      isListStale = true
      throw error
    }
  })

  const refreshStaleSoon = paced(fetchStale, { clock, random, ...ROW_PACE })

  return {
    /** Fetches the whole list. */
    refresh(): Promise<void> {
      isListStale = true
      return fetchStale().catch(refreshStaleSoon)
    },
    /** Fetches the row of the conversation with `person` soon. */
    refreshRow(person: string): void {
      staleRows.add(person)
      refreshStaleSoon()
    },
  }
}
