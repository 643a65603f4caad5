import { Window } from 'happy-dom'
import { options, render } from 'preact'
import type { MessageView } from '../src/messages/schema.ts'
import { Conversation } from '../web/chat/conversation.tsx'
import type { ConversationActions } from '../web/chat/conversation-props.ts'
import { browserClock } from '../web/sync/clock.ts'
import { ConversationStore } from '../web/sync/conversation-store.ts'
import { ViewerContext } from '../web/ui/viewer.ts'
import { median, type Row } from './table.ts'

const viewer = { language: 'en', zone: 'Europe/Berlin', theme: null } as const

/** Numbers of loaded messages when another one arrives. */
const LOADED = [15, 300, 1000, 3000]

/**
 * Measures how long the page's scripts take to show a new message, by the number of loaded messages, in a DOM without
 * layout. The user has scrolled back, so that no message is trimmed.
 */
export async function page({ quick }: { quick: boolean }): Promise<Row[]> {
  const restore = installDom()
  const rows: Row[] = []
  for (const loaded of LOADED) {
    const times = await timeArrivals(loaded, quick ? 3 : 30)
    rows.push({
      what: `new message on a page of ${loaded.toLocaleString('en')}`,
      unit: 'ms',
      app: [median(times)],
      ...(loaded === LOADED.at(-1) && { budget: { atMost: 8 } }),
    })
  }
  restore()
  return rows
}

/** Returns the milliseconds of each of `count` arrivals, including effects. */
async function timeArrivals(loaded: number, count: number): Promise<number[]> {
  const host = document.createElement('div')
  document.body.append(host)
  const none = async () => {
    throw new Error('The page must not send requests.')
  }
  const store: ConversationStore = new ConversationStore({
    me: 'ada',
    person: 'bob',
    start: {
      messages: Array.from({ length: loaded }, (_, n) => message(n + 1)),
      previous: null,
      version: loaded,
    },
    changes: none,
    earlier: none,
    clock: browserClock,
    random: Math.random,
    outgoing: () => [],
    onConfirmed() {},
    onChange: draw,
    onAccountChanged() {},
  })
  const shared = {
    me: { username: 'ada', displayName: 'Ada' },
    person: { username: 'bob', displayName: 'Bob' },
    ...{ open: true, blocked: false, readSeq: loaded, connection: 'live' as const },
    actions,
  }
  function draw(): void {
    render(
      <ViewerContext value={viewer}>
        <Conversation {...shared} {...store.view()} />
      </ViewerContext>,
      host,
    )
  }
  draw()
  await effectsRun()

  const times: number[] = []
  for (let n = 1; n <= count; n++) {
    const began = performance.now()
    store.onStored(message(loaded + n))
    await effectsRun()
    times.push(performance.now() - began)
  }
  if (host.querySelectorAll('.message').length !== loaded + count) throw new Error('A message is not shown.')
  render(null, host)
  host.remove()
  return times
}

/** Two people alternate with three messages each, half an hour apart. */
function message(seq: number): MessageView {
  const isOwn = seq % 6 < 3
  return {
    id: `1-${seq}`,
    seq,
    version: seq,
    sender: isOwn ? 'ada' : 'bob',
    recipient: isOwn ? 'bob' : 'ada',
    body: `Message ${seq}: see you at eight, at https://example.org/${seq}?`,
    createdAt: new Date(
      Date.UTC(2026, 0, 1) + Math.floor(seq / 3) * 1_800_000 + (seq % 3) * 1000,
    ).toISOString(),
    editedAt: null,
    deletedAt: null,
    clientId: isOwn ? `client-${seq}` : null,
  }
}

const actions: ConversationActions = {
  send: () => null,
  loadEarlier: async () => {},
  setAtEnd() {},
  retry() {},
  discard() {},
  read() {},
  loadDraft: () => '',
  saveDraft() {},
}

/** Waits for pending promises and effects. */
const effectsRun = () => new Promise<void>((resolve) => setImmediate(resolve))

/** Installs a global document. Returns a function that removes it. */
function installDom(): () => void {
  const window = new Window()
  const globals = {
    document: window.document,
    matchMedia: () => ({ matches: false }),
    CSS: { supports: () => true },
    addEventListener: window.addEventListener.bind(window),
  }
  const before = Object.fromEntries(Object.keys(globals).map((name) => [name, Reflect.get(globalThis, name)]))
  Object.assign(globalThis, globals)
  options.requestAnimationFrame = queueMicrotask
  return () => {
    Object.assign(globalThis, before)
    delete options.requestAnimationFrame
    window.close()
  }
}
