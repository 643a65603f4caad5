import htmx from 'htmx.org'
import { chatPaths, withQuery } from '../chat/paths.ts'
import { browserClock as clock } from '../sync/clock.ts'
import { clearDrafts, localDrafts } from '../sync/drafts.ts'
import { browserStorage } from '../sync/local-storage.ts'
import { openOutbox } from '../sync/outbox.ts'
import { eventStream, webSocket } from '../sync/transport.ts'
import { uuid } from '../sync/uuid.ts'
import type { Locks } from '../sync/web-locks.ts'
import { Island } from './island.tsx'
import { createListView } from './list-view.ts'
import { Page } from './page.ts'
import { refusalText } from './refusal.ts'

/** The browser's entry: runs {@link Page} in the browser and renders it. htmx swaps the parts of the page. */

const storage = browserStorage()
/** Absent outside a secure context, such as plain HTTP in a local network. */
const locks = navigator.locks as Locks | undefined
/** Holds the signed-in username: a change of it notifies the other tabs. */
const ACCOUNT_KEY = 'me'
/** Holds the username that is signing out. */
const SIGNING_OUT_KEY = 'leaving'
/** While signing out, a 401 is expected and ignored: the response to the form navigates. */
let isSigningOut = false

const isZoneNew = storeTimeZone()
const me = document.querySelector<HTMLElement>('[data-me]')?.dataset.me
// The times on this page were rendered in another zone.
if (me && isZoneNew) location.reload()
else if (me) startChat(me)

// Signing out deletes the drafts and the outbox, so that the next user of this browser does not find them. They are kept
// until it has succeeded, that is, until the sign-in page is loaded.
document.addEventListener('submit', ({ target }) => {
  const action = (target as HTMLFormElement).getAttribute('action')
  isSigningOut = action === chatPaths.signOut || action === chatPaths.deleteAccount
  if (isSigningOut) storage?.setItem(SIGNING_OUT_KEY, me ?? storage.getItem(ACCOUNT_KEY) ?? '')
})
document.addEventListener('click', ({ target }) => {
  const button = (target as Element).closest<HTMLElement>('.copy')
  if (!button) return // `execCommand` also works over plain HTTP, where there is no Clipboard API.
  ;(button.previousElementSibling as HTMLTextAreaElement).select()
  if (document.execCommand('copy')) button.textContent = button.dataset.copied!
})
// For browsers without `scroll-initial-target`.
document.querySelector('.sections [aria-current]')?.scrollIntoView({ block: 'nearest', inline: 'nearest' })
if (location.pathname === chatPaths.signIn) clearSignedOutAccount()
else storage?.removeItem(SIGNING_OUT_KEY)

function clearSignedOutAccount(): void {
  const account = storage?.getItem(SIGNING_OUT_KEY)
  if (!account) return
  clearDrafts(storage, account)
  storage?.removeItem(ACCOUNT_KEY)
  const done = () => storage?.removeItem(SIGNING_OUT_KEY)
  openOutbox(storage, { me: account, clock }).clear().then(done, done)
}

function startChat(me: string): void {
  const list = createListView({
    document,
    selected: () => island.person,
    morph: (target, text) => htmx.swap({ target, sourceElement: target, text, swap: 'innerMorph' }),
  })
  const page = new Page({
    me,
    fetch: (path, init) => fetch(path, init),
    clock,
    random: Math.random,
    uuid,
    outbox: openOutbox(storage, { me, clock }),
    tabs: locks ? { locks, open: (name) => new BroadcastChannel(name) } : null,
    transports: [
      webSocket(new URL(chatPaths.api.events, location.href.replace(/^http/, 'ws')).href),
      eventStream(chatPaths.api.events),
    ],
    view: {
      onOutgoingChange: (person) => island.refresh(person),
      onConnectionChange: () => island.refresh(),
      onConversationClosed: (person) => island.closeComposer(person),
      list,
    },
    describeRefusal: (error) => refusalText(language(), error),
    onSignedOut: goToSignIn,
  })
  const island = new Island({
    page,
    drafts: localDrafts(storage, me),
    onMoved: () => location.reload(),
  })

  const showDocument = () => {
    const before = island.person
    island.sync(document)
    list.update()
    if (island.person && island.person !== before) endSearch()
  }
  showDocument()
  // After every swap, including those of the whole body by the back button. htmx has set the title by then.
  document.addEventListener('htmx:finally:swap', showDocument)
  watchBrowser(page)
  watchAccount(me)
  page.start()
}

function watchBrowser(page: Page): void {
  const { live } = page
  const resume = () => {
    live.start()
    live.nudge()
  }
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'visible') live.nudge()
  })
  // A page that is frozen, or in the back/forward cache, must not be the leader of the tabs.
  document.addEventListener('freeze', () => live.stop())
  document.addEventListener('resume', resume)
  window.addEventListener('pagehide', () => page.leave())
  window.addEventListener('pageshow', ({ persisted }) => persisted && resume())
  window.addEventListener('online', () => live.nudge())
  window.addEventListener('offline', () => live.offline())
}

/** Reloads when another account signs in from another tab: this page would send messages as that account. */
function watchAccount(me: string): void {
  try {
    storage?.setItem(ACCOUNT_KEY, me)
  } catch {
    // The storage is full: the other tabs are not notified.
  }
  window.addEventListener('storage', ({ key, newValue }) => {
    if (key === ACCOUNT_KEY && newValue !== null && newValue !== me) location.reload()
  })
}

/** Drafts and outbox are kept; the outbox is sent after signing in again. */
function goToSignIn(): void {
  if (isSigningOut) return
  location.assign(withQuery(chatPaths.signIn, { next: location.pathname + location.search }))
}

/** Clears the search field after a person was found and opened, so that the whole list is shown again. */
function endSearch(): void {
  const search = document.querySelector<HTMLInputElement>('#search')
  if (!search?.value) return
  search.value = ''
  htmx.trigger(search, 'search')
}

/** Stores the browser's time zone in a cookie; returns whether it is new to the server. */
function storeTimeZone(): boolean {
  const { timeZone } = Intl.DateTimeFormat().resolvedOptions()
  const cookie = document.documentElement.dataset.zoneCookie!.replace('$', timeZone)
  const isKnown = () => document.cookie.split('; ').includes(cookie.split(';')[0]!)
  if (isKnown()) return false
  // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store API is asynchronous, and missing in some browsers.
  document.cookie = cookie
  return isKnown()
}

const language = () => (document.documentElement.lang.startsWith('zh') ? 'zh' : 'en')
