import { chatPaths } from '../chat/paths.ts'
import { withUnread } from '../chat/unread.ts'
import type { ListView } from './conversation-list.ts'

/** The list of conversations in the document, in the order of activity. */
export function createListView({
  document,
  selected,
  morph,
}: {
  document: Document
  /** The username whose conversation is open. */
  selected(): string | null
  /** Replaces the content of `target`; elements that are in both versions are kept. */
  morph(target: Element, html: string): Promise<void>
}): ListView & { update(): void } {
  const listElement = () => document.getElementById('conversations')
  /** The title as last set, and without the number of unread messages: a name can also begin with `(3)`. */
  let shown = document.title
  let plain = document.querySelector('title')!.dataset.plain ?? shown

  /** Marks the open conversation, and shows the number of unread messages in the title. */
  function update(): void {
    const person = selected()
    const href = person === null ? null : chatPaths.chat(person)
    for (const row of document.querySelectorAll('#side a.row')) {
      if (row.getAttribute('href') === href) row.setAttribute('aria-current', 'page')
      else row.removeAttribute('aria-current')
    }
    if (document.title !== shown) plain = document.title
    shown = withUnread(plain, unreadIn(document))
    if (shown !== document.title) document.title = shown
  }

  return {
    rowCount: () => listElement()?.querySelectorAll('[data-unread]').length ?? null,
    selected,
    update,
    async showList(html) {
      const list = listElement()
      if (list) await morph(list, html)
      update()
    },
    async showRow(html) {
      const rows = listElement()?.querySelector('.rows')
      if (!rows) return false
      const template = document.createElement('template')
      template.innerHTML = html
      const fresh = template.content.firstElementChild
      if (!fresh) return true
      const item = place(rows, fresh)
      if (item) await morph(item, fresh.innerHTML)
      update()
      return true
    },
  }
}

/**
 * Returns the list item for `fresh`, inserted or moved to its place: the latest activity is on top. Returns null if it
 * belongs after the loaded rows, on a page that is fetched later.
 */
function place(rows: Element, fresh: Element): Element | null {
  const { ownerDocument: document } = rows
  const current = [...rows.children].find(({ id }) => id === fresh.id)
  const activity = activityOf(fresh)
  if (current && activityOf(current) === activity) return current
  const others = [...rows.children].filter((row) => row !== current)
  const next = others.find((row) => row.classList.contains('more') || activityOf(row) <= activity) ?? null
  if (!current && next?.classList.contains('more')) return null
  const item = current ?? document.createElement('li')
  item.id = fresh.id
  item.setAttribute('data-active', activity)
  const focused = item.contains(document.activeElement) ? (document.activeElement as HTMLElement) : null
  if (item.nextElementSibling !== next || !current) rows.insertBefore(item, next)
  // Moving an element removes the focus from it.
  focused?.focus({ preventScroll: true })
  return item
}

/** ISO 8601 in one format, so that strings compare as times do. */
const activityOf = (row: Element): string => row.getAttribute('data-active') ?? ''

function unreadIn(document: Document): number {
  const rows = document.querySelectorAll<HTMLElement>('#conversations [data-unread]')
  return [...rows].reduce((sum, row) => sum + Number(row.dataset.unread), 0)
}
