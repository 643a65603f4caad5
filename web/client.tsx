import htmx from 'htmx.org'
import { createApi } from './api.ts'
import { chatErrorText } from './chat-text.ts'
import { browserClock as clock } from './clock.ts'
import { Island } from './island.tsx'
import { createList } from './list.ts'
import { Live } from './live.ts'
import { browserStorage, forgetAll, localDrafts, localOutbox } from './outbox.ts'
import { paths, withQuery } from './paths.ts'
import { createReadMark } from './read-mark.ts'
import { Sender } from './sender.ts'
import { eventStream, webSocket } from './transport.ts'
import { uuid } from './uuid.ts'

/** The browser's entry: htmx for getting around, one island for the conversation, one live connection for both. */

const storage = browserStorage()
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
if (location.pathname === paths.signIn) forgetWhoLeft()
else storage?.removeItem(LEAVING)

function forgetWhoLeft(): void {
  const who = storage?.getItem(LEAVING)
  if (!who) return
  forgetAll(storage, who)
  storage?.removeItem(WHO)
  storage?.removeItem(LEAVING)
}

function startChat(me: string): void {
  const api = createApi({ fetch: (path, init) => fetch(path, init), clock, onSignedOut: toSignIn })

  const sender = new Sender({
    post: api.send,
    store: localOutbox(storage, me),
    clock,
    random: Math.random,
    uuid,
    reason: ({ problem }) =>
      chatErrorText(language(), problem.errors?.[0]?.code ?? problem.detail ?? 'unavailable'),
    onLanded(to, message) {
      island.landed(to, message)
      if (live.status !== 'live') list.refresh()
    },
    onChange: (to) => island.refresh(to),
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

  const live = new Live({
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
    onSignedOut: toSignIn,
    onRefused: () => void api.session().catch(() => {}),
  })

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

function watchBrowser(live: Live): void {
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'visible') live.nudge()
  })
  window.addEventListener('pageshow', ({ persisted }) => persisted && live.nudge())
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
