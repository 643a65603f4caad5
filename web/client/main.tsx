import htmx from 'htmx.org'
import { paths, withQuery } from '../paths.ts'
import { createApi } from '../sync/api.ts'
import { forgetDrafts, localDrafts } from '../sync/drafts.ts'
import { browserStorage } from '../sync/local-storage.ts'
import { openOutbox } from '../sync/outbox.ts'
import { createReadMark } from '../sync/read-mark.ts'
import { Sender } from '../sync/send-queue.ts'
import { SharedLive } from '../sync/shared-connection.ts'
import { browserClock as clock } from '../sync/timer.ts'
import { eventStream, webSocket } from '../sync/transport.ts'
import { uuid } from '../sync/uuid.ts'
import { exclusively, type Locks } from '../sync/web-locks.ts'
import { chatErrorText } from '../text/chat-text.ts'
import { createList } from './conversation-list.ts'
import { Island } from './island.tsx'

/** The browser's entry: htmx for getting around, one island for the conversation, one live connection for both. */

const storage = browserStorage()
/** Absent without a secure context, such as a plain HTTP address in a local network. */
const locks = navigator.locks as Locks | undefined
/** Who is signed in, for this page's tabs to notice that it is somebody else by now. */
const WHO = 'me'
/** Who is signing out. */
const LEAVING = 'leaving'
/** Signing out is under way: that the session ends is no surprise, and the answer leads on. */
let leaving = false

const zoneIsNew = tellZone()
const me = document.querySelector<HTMLElement>('[data-me]')?.dataset.me
// The times on this page are another zone's.
if (me && zoneIsNew) location.reload()
else if (me) startChat(me)

// What waits to be sent belongs to the one who signs out, and must not stay for the next one at this browser. It stays
// until that went well: the page to sign in is there.
document.addEventListener('submit', ({ target }) => {
  const action = (target as HTMLFormElement).getAttribute('action')
  leaving = action === paths.signOut || action === paths.deleteAccount
  if (leaving) storage?.setItem(LEAVING, me ?? storage.getItem(WHO) ?? '')
})
document.addEventListener('click', ({ target }) => {
  const button = (target as Element).closest<HTMLElement>('.copy')
  if (!button) return // Works on a plain HTTP address, too, where the clipboard itself cannot be had.
  ;(button.previousElementSibling as HTMLTextAreaElement).select()
  if (document.execCommand('copy')) button.textContent = button.dataset.copied!
})
if (location.pathname === paths.signIn) forgetWhoLeft()
else storage?.removeItem(LEAVING)

function forgetWhoLeft(): void {
  const who = storage?.getItem(LEAVING)
  if (!who) return
  forgetDrafts(storage, who)
  storage?.removeItem(WHO)
  const done = () => storage?.removeItem(LEAVING)
  openOutbox(storage, { me: who, clock }).clear().then(done, done)
}

function startChat(me: string): void {
  const api = createApi({ fetch: (path, init) => fetch(path, init), clock, onSignedOut: toSignIn })

  const sender = new Sender({
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
    exclusively: exclusively(locks, `outbox:${me}`, clock),
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

  const list = createList({
    document,
    selected: () => island.person,
    fragment: api.fragment,
    morph: (target, text) => htmx.swap({ target, sourceElement: target, text, swap: 'innerMorph' }),
  })

  const live = new SharedLive({
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
  watchWho(me)
  void sender.resume()
  live.start()
}

function watchBrowser(live: SharedLive): void {
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
function watchWho(me: string): void {
  try {
    storage?.setItem(WHO, me)
  } catch {
    // Full: then nobody is told.
  }
  window.addEventListener('storage', ({ key, newValue }) => {
    if (key === WHO && newValue !== null && newValue !== me) location.reload()
  })
}

/** What is typed and what waits is kept, and goes on after signing in again. */
function toSignIn(): void {
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
function tellZone(): boolean {
  const zone = `zone=${Intl.DateTimeFormat().resolvedOptions().timeZone}`
  const known = () => document.cookie.split('; ').includes(zone)
  if (known()) return false
  // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store is asynchronous, and not everywhere.
  document.cookie = `${zone}; path=/; max-age=31536000; samesite=lax`
  return known()
}

const language = () => (document.documentElement.lang.startsWith('zh') ? 'zh' : 'en')
