import { unreadLabel } from '../chat/unread.ts'
import { paths, withQuery } from '../paths.ts'
import { singleFlight } from '../sync/single-flight.ts'

/** The `limit` of the list's refresh: as many rows as are shown, within what a page may have. */
const ROWS = { least: 15, most: 100 }

/**
 * The list of conversations, kept as the server renders it.
 * `refresh` is called for every reason there is; at most one request is under way, and then one more.
 */
export function createConversationList(env: {
  document: Document
  /** The username whose conversation is open. */
  selected(): string | null
  fragment(path: string): Promise<string>
  /** Exchanges the content of `target`, keeping the elements that stay. */
  morph(target: Element, html: string): Promise<void>
}) {
  const refresh = singleFlight(async () => {
    const target = env.document.getElementById('conversations')
    if (!target) return
    const rows = target.querySelectorAll('[data-unread]').length
    const limit = Math.min(Math.max(rows, ROWS.least), ROWS.most)
    const html = await env.fragment(withQuery(paths.conversations, { selected: env.selected(), limit }))
    await env.morph(target, html)
    dress()
  })

  /** What the server's rendering does not know of: which row is open now, and the title's unread number. */
  function dress(): void {
    const { document } = env
    const open = env.selected()
    const here = open === null ? null : paths.chat(open)
    for (const row of document.querySelectorAll('#side a.row')) {
      if (row.getAttribute('href') === here) row.setAttribute('aria-current', 'page')
      else row.removeAttribute('aria-current')
    }
    const title = withUnread(document.title, unread(document))
    if (title !== document.title) document.title = title
  }

  return {
    /** A failed refresh is repaired by the next event, or by the sweep. */
    refresh: () => refresh().catch(() => {}),
    dress,
  }
}

/** `title` with the number of unread messages before it, in the place of another. */
export function withUnread(title: string, count: number): string {
  const base = title.replace(/^\(\d+\+?\) /, '')
  return count > 0 ? `(${unreadLabel(count)}) ${base}` : base
}

function unread(document: Document): number {
  const rows = document.querySelectorAll<HTMLElement>('#conversations [data-unread]')
  return [...rows].reduce((sum, row) => sum + Number(row.dataset.unread), 0)
}
