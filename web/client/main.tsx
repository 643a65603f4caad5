import htmx from 'htmx.org'
import { paths, withQuery } from '../paths.ts'
import { createApi } from '../sync/api.ts'
import { browserClock as clock } from '../sync/clock.ts'
import { clearDrafts, localDrafts } from '../sync/drafts.ts'
import { browserStorage } from '../sync/local-storage.ts'
import { openOutbox } from '../sync/outbox.ts'
import { createReadMark } from '../sync/read-mark.ts'
import { SendQueue } from '../sync/send-queue.ts'
import { SharedConnection } from '../sync/shared-connection.ts'
import { eventStream, webSocket } from '../sync/transport.ts'
import { uuid } from '../sync/uuid.ts'
import { type Locks, withTabLock } from '../sync/web-locks.ts'
import { chatErrorText } from '../text/chat-text.ts'
import { createConversationList } from './conversation-list.ts'
import { Island } from './island.tsx'

/** The browser's entry: htmx for getting around, one island for the conversation, one live connection for both. */

const storage = browserStorage()
/** Absent without a secure context, such as a plain HTTP address in a local network. */
const locks = navigator.locks as Locks | undefined
/** Who is signed in, for this page's tabs to notice that it is somebody else by now. */
const ACCOUNT_KEY = 'me'
/** Who is signing out. */
const SIGNING_OUT_KEY = 'leaving'
/** Signing out is under way: that the session ends is no surprise, and the answer leads on. */
let leaving = false

const zoneIsNew = storeTimeZone()
const me = document.querySelector<HTMLElement>('[data-me]')?.dataset.me
// The times on this page are another zone's.
if (me && zoneIsNew) location.reload()
else if (me) startChat(me)

// What waits to be sent belongs to the one who signs out, and must not stay for the next one at this browser. It stays
// until that went well: the page to sign in is there.
document.addEventListener('submit', ({ target }) => {
  const action = (target as HTMLFormElement).getAttribute('action')
  leaving = action === paths.signOut || action === paths.deleteAccount
  if (leaving) storage?.setItem(SIGNING_OUT_KEY, me ?? storage.getItem(ACCOUNT_KEY) ?? '')
})
document.addEventListener('click', ({ target }) => {
  const button = (target as Element).closest<HTMLElement>('.copy')
  if (!button) return // Works on a plain HTTP address, too, where the clipboard itself cannot be had.
  ;(button.previousElementSibling as HTMLTextAreaElement).select()
  if (document.execCommand('copy')) button.textContent = button.dataset.copied!
})
if (location.pathname === paths.signIn) clearSignedOutAccount()
else storage?.removeItem(SIGNING_OUT_KEY)

function clearSignedOutAccount(): void {
  const who = storage?.getItem(SIGNING_OUT_KEY)
  if (!who) return
  clearDrafts(storage, who)
  storage?.removeItem(ACCOUNT_KEY)
  const done = () => storage?.removeItem(SIGNING_OUT_KEY)
  openOutbox(storage, { me: who, clock }).clear().then(done, done)
}

function startChat(me: string): void {
  const api = createApi({ fetch: (path, init) => fetch(path, init), clock, onSignedOut: goToSignIn })

  const sender = new SendQueue({
    post: api.send,
    store: openOutbox(storage, { me, clock }),
    clock,
    random: Math.random,
    uuid,
    reason: ({ problem }) =>
      chatErrorText(language(), problem.errors?.[0]?.code ?? problem.detail ?? 'unavailable'),
    onClosed: (to) => island.close(to),
    onLanded(to, message) {
      island.landed(to, message)
      if (live.status !== 'live') list.refresh()
    },
    onChange: (to) => island.refresh(to),
    exclusively: withTabLock(locks, `outbox:${me}`, clock),
  })

  const readMark = createReadMark({
    async read(person, seq) {
      await api.read(person, seq)
      if (live.status !== 'live') list.refresh()
    },
    visible: () => document.visibilityState === 'visible',
  })

  const island = new Island({
    api,
    sender,
    drafts: localDrafts(storage, me),
    clock,
    connection: () => live.status,
    read: readMark.read,
    onStranger: () => location.reload(),
  })

  const list = createConversationList({
    document,
    selected: () => island.person,
    fragment: api.fragment,
    morph: (target, text) => htmx.swap({ target, sourceElement: target, text, swap: 'innerMorph' }),
  })

  const live = new SharedConnection({
    ladder: [
      webSocket(new URL(paths.api.events, location.href.replace(/^http/, 'ws')).href),
      eventStream(paths.api.events),
    ],
    clock,
    random: Math.random,
    onEvent(event) {
      if (event.type === 'message') island.hear(event.with, event.version)
      if (event.type === 'message' || event.type === 'read') list.refresh()
    },
    onMissed() {
      island.catchUp()
      list.refresh()
      readMark.flush()
      void sender.resume()
    },
    onStatus: () => island.refresh(),
    onSignedOut: checkSession,
    onRefused: checkSession,
    tabs: locks ? { locks, open: (name) => new BroadcastChannel(name), name: `live:${me}` } : null,
  })

  /** A session that was renewed goes on; without one the answer leads to signing in. */
  function checkSession(): void {
    api.session().catch(() => {})
  }

  const takeOver = () => {
    const before = island.person
    island.sync(document)
    list.dress()
    if (island.person && island.person !== before) endSearch()
  }
  takeOver()
  // After every swap, also one of the whole body by the back button. htmx has set the title by then.
  document.addEventListener('htmx:finally:swap', takeOver)
  watchBrowser(live)
  watchAccount(me)
  void sender.resume()
  live.start()
}

function watchBrowser(live: SharedConnection): void {
  const goOn = () => {
    live.start()
    live.nudge()
  }
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'visible') live.nudge()
  })
  // Put aside, by the browser or for the back button, a page must not lead the other tabs.
  document.addEventListener('freeze', () => live.stop())
  document.addEventListener('resume', goOn)
  window.addEventListener('pagehide', () => live.stop())
  window.addEventListener('pageshow', ({ persisted }) => persisted && goOn())
  window.addEventListener('online', () => live.nudge())
  window.addEventListener('offline', () => live.offline())
}

/** Somebody else signed in from another tab: what this page sends would be sent in their name. */
function watchAccount(me: string): void {
  try {
    storage?.setItem(ACCOUNT_KEY, me)
  } catch {
    // Full: then nobody is told.
  }
  window.addEventListener('storage', ({ key, newValue }) => {
    if (key === ACCOUNT_KEY && newValue !== null && newValue !== me) location.reload()
  })
}

/** What is typed and what waits is kept, and goes on after signing in again. */
function goToSignIn(): void {
  if (leaving) return
  location.assign(withQuery(paths.signIn, { next: location.pathname + location.search }))
}

/** Whoever was searched for was found: the list is everybody's again. */
function endSearch(): void {
  const search = document.querySelector<HTMLInputElement>('#search')
  if (!search?.value) return
  search.value = ''
  htmx.trigger(search, 'search')
}

/** Lets the server render times in the reader's zone, from the next page on; answers whether it did not know the zone. */
function storeTimeZone(): boolean {
  const zone = `zone=${Intl.DateTimeFormat().resolvedOptions().timeZone}`
  const known = () => document.cookie.split('; ').includes(zone)
  if (known()) return false
  // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store is asynchronous, and not everywhere.
  document.cookie = `${zone}; path=/; max-age=31536000; samesite=lax`
  return known()
}

const language = () => (document.documentElement.lang.startsWith('zh') ? 'zh' : 'en')
