import { chatPaths, withQuery } from '../chat/paths.ts'
import { singleFlight } from '../sync/single-flight.ts'

/** The list on the screen. */
export type ListView = {
  /** How many rows are shown; null while the page has no list. */
  rowCount(): number | null
  /** The username whose conversation is open. */
  selected(): string | null
  showList(html: string): Promise<void>
  /** Shows the row in its place; false: there is no list to put it in yet. */
  showRow(html: string): Promise<boolean>
}

/** Bounds of `limit` when the whole list is fetched: as many rows as are shown, within what the server accepts. */
const LIMIT = { least: 15, most: 100 }

/** With more rows than this to fetch at once, the whole list is the smaller answer. */
const MOST_ROWS = 5

/**
 * Keeps the list of conversations up to date with HTML from the server: an event fetches the one row that it is about,
 * and the whole list is fetched only where events may have been lost. Requests for the same row never overlap, and the
 * whole list never overlaps a row, so an older answer cannot replace a newer one.
 */
export function createConversationList({
  fragment,
  view,
}: {
  fragment(path: string): Promise<string>
  view: ListView | null
}) {
  const staleRows = new Set<string>()
  let isListStale = false

  async function fetchList(view: ListView, rows: number): Promise<void> {
    const limit = Math.min(Math.max(rows, LIMIT.least), LIMIT.most)
    await view.showList(
      await fragment(withQuery(chatPaths.conversations, { selected: view.selected(), limit })),
    )
  }

  async function fetchRow(view: ListView, person: string): Promise<void> {
    if (!(await view.showRow(await fragment(chatPaths.conversationRow(person))))) isListStale = true
  }

  const fetchStale = singleFlight(async () => {
    const people = [...staleRows]
    const isWhole = isListStale || people.length > MOST_ROWS
    staleRows.clear()
    isListStale = false
    const rows = view?.rowCount() ?? null
    if (!view || rows === null) return
    if (isWhole) return fetchList(view, rows)
    await Promise.allSettled(people.map((person) => fetchRow(view, person)))
    if (isListStale) {
      isListStale = false
      await fetchList(view, rows)
    }
  })

  // The next event or sweep repairs a refresh that failed.
  const refreshStale = () => fetchStale().catch(() => {})

  return {
    /** Fetches the whole list. */
    refresh(): Promise<void> {
      isListStale = true
      return refreshStale()
    },
    /** Fetches the row of the conversation with `person`. */
    refreshRow(person: string): Promise<void> {
      staleRows.add(person)
      return refreshStale()
    },
  }
}
