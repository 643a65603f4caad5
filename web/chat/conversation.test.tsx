import { afterAll, afterEach, beforeAll, expect, test } from 'bun:test'
import { Window } from 'happy-dom'
import { options, render } from 'preact'
import type { MessageView } from '../../src/messages/schema.ts'
import { viewer, withViewer } from '../../test/support/viewer.tsx'
import { Conversation } from './conversation.tsx'
import type { ConversationProps, Outgoing } from './conversation-props.ts'

const window = new Window({ url: 'http://localhost:3000/chat/bob' })
const document = window.document as unknown as Document
const page = { touch: false, visible: true, near: [] as (() => void)[] }
const globals = {
  document,
  matchMedia: () => ({ matches: page.touch }),
  CSS: { supports: () => false },
  addEventListener: window.addEventListener.bind(window),
  // happy-dom has no layout.
  ResizeObserver: class {
    observe() {}
    disconnect() {}
  },
  IntersectionObserver: class {
    constructor(readonly seen: (entries: { isIntersecting: boolean }[]) => void) {}
    observe() {
      // As on a busy page: several entries in one call.
      page.near = [() => this.seen([{ isIntersecting: false }, { isIntersecting: true }])]
    }
    disconnect() {
      page.near = []
    }
  },
}
const before = Object.fromEntries(Object.keys(globals).map((name) => [name, Reflect.get(globalThis, name)]))
beforeAll(() => {
  Object.assign(globalThis, globals)
  // Effects run after the next paint, which never comes here.
  options.requestAnimationFrame = setImmediate
})
afterAll(() => {
  Object.assign(globalThis, before)
  delete options.requestAnimationFrame
})
afterEach(() => {
  render(null, document.body)
  Object.assign(page, { touch: false, visible: true, near: [] })
})

const message = (seq: number, sender = 'bob', change: Partial<MessageView> = {}): MessageView => ({
  id: `1-${seq}`,
  seq,
  version: seq,
  sender,
  recipient: sender === 'bob' ? 'ada' : 'bob',
  body: `message ${seq}`,
  createdAt: '2026-11-23T12:00:00.000Z',
  editedAt: null,
  deletedAt: null,
  clientId: null,
  ...change,
})

/** Ada's conversation with Bob, with actions; `calls` records them. */
async function open(
  change: Partial<ConversationProps> = {},
  { draft = '', earlier = () => Promise.resolve() } = {},
) {
  const calls: unknown[][] = []
  const record =
    (name: string) =>
    (...args: unknown[]) =>
      void calls.push([name, ...args])
  let props: ConversationProps = {
    me: { username: 'ada', displayName: 'Ada' },
    person: { username: 'bob', displayName: 'Bob' },
    open: true,
    blocked: false,
    messages: [message(1)],
    outbox: [],
    previous: null,
    version: 1,
    readSeq: 1,
    connection: 'live',
    actions: {
      send: record('send'),
      loadEarlier: () => {
        calls.push(['earlier'])
        return earlier()
      },
      setAtEnd() {},
      retry: record('retry'),
      discard: record('discard'),
      read: record('read'),
      loadDraft: () => draft,
      saveDraft: record('draft'),
    },
    ...change,
  }
  const show = async (next: Partial<ConversationProps> = {}, shownTo = viewer) => {
    props = { ...props, ...next }
    render(withViewer(<Conversation {...props} />, shownTo), document.body)
    await settled()
  }
  await show()
  const find = <E extends HTMLElement>(selector: string) => document.querySelector<E>(selector)
  return { calls, show, find, field: find<HTMLTextAreaElement>('#composer')! }
}

const settled = async () => {
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setTimeout(resolve))
}

async function type(field: HTMLTextAreaElement, value: string) {
  field.value = value
  field.dispatchEvent(new window.Event('input', { bubbles: true }) as unknown as Event)
  await settled()
}

async function press(field: HTMLElement, key: KeyboardEventInit) {
  const event = new window.KeyboardEvent('keydown', {
    key: 'Enter',
    bubbles: true,
    cancelable: true,
    ...key,
  } as never)
  field.dispatchEvent(event as unknown as Event)
  await settled()
  return event.defaultPrevented
}

const sent = (calls: unknown[][]) => calls.filter(([name]) => name === 'send').map(([, body]) => body)

test('Enter sends the trimmed text, empties the field and the draft, and keeps the cursor there', async () => {
  const { calls, field } = await open()
  await type(field, '  hello\nworld \n')
  expect(await press(field, {})).toBe(true)
  expect(sent(calls)).toEqual(['hello\nworld'])
  expect(field.value).toBe('')
  expect(calls.at(-1)).toEqual(['draft', ''])
  expect(document.activeElement).toBe(field)
})

test.each([
  ['Shift+Enter breaks the line', { shiftKey: true }],
  ['an input method composes', { isComposing: true }],
  ['an input method composes in Safari', { keyCode: 229 }],
  ['another key', { key: 'a' }],
])('Enter does not send when %s', async (_, key) => {
  const { calls, field } = await open()
  await type(field, 'hello')
  expect(await press(field, key)).toBe(false)
  expect(sent(calls)).toEqual([])
})

test('on a touch keyboard, Enter starts a new line, and the button sends', async () => {
  page.touch = true
  const { calls, field, find } = await open()
  expect(document.activeElement).not.toBe(field)
  await type(field, 'hello')
  expect(await press(field, {})).toBe(false)
  find('.send')!.click()
  await settled()
  expect(sent(calls)).toEqual(['hello'])
})

test('a double click on Send, or Enter held, sends once and shows no error', async () => {
  const { calls, field, find } = await open()
  await type(field, 'hello')
  for (const _ of [1, 2]) find('.send')!.click()
  await type(field, 'again')
  for (const _ of [1, 2, 3]) await press(field, {})
  await type(field, ' \n ')
  await press(field, {})
  await settled()
  expect(sent(calls)).toEqual(['hello', 'again'])
  expect(find('#composer-problem')).toBeNull()
})

test('a message of invisible characters is not sent, and the error is shown until the next input', async () => {
  const { calls, field, find } = await open()
  for (const text of ['\u3164', '\u200b', '\u2800']) {
    await type(field, text)
    await press(field, {})
    expect(find('#composer-problem')!.textContent).toBe('This has no visible characters.')
    expect(field.getAttribute('aria-describedby')).toBe('composer-problem')
    await type(field, 'h')
    expect(find('#composer-problem')).toBeNull()
  }
  expect(sent(calls)).toEqual([])
})

test('near the limit a counter is shown, and a text beyond it is kept but not sent', async () => {
  const { calls, field, find } = await open()
  await type(field, '🙂'.repeat(3990))
  expect(find('#composer-counter')!.textContent).toBe('10 characters left')
  await type(field, 'x'.repeat(4001))
  expect(find('#composer-counter')!.textContent).toBe(
    'Your message has 4,001 characters. The limit is 4,000.',
  )
  await press(field, {})
  expect(find('#composer-problem')!.textContent).toBe(
    'Your message has 4,001 characters. The limit is 4,000.',
  )
  expect(field.value).toHaveLength(4001)
  expect(sent(calls)).toEqual([])
})

test('a draft is restored, and each change of it is saved', async () => {
  const { calls, field } = await open({}, { draft: 'half a sent' })
  expect(field.value).toBe('half a sent')
  await type(field, 'half a sentence')
  expect(calls.at(-1)).toEqual(['draft', 'half a sentence'])
})

test('a failed message shows the reason, and can be sent again or discarded', async () => {
  const outgoing: Outgoing = {
    clientId: 'c1',
    body: 'hello',
    createdAt: '2026-11-23T12:01:00.000Z',
    state: 'failed',
    reason: 'No connection.',
  }
  const { calls, show, find } = await open({ outbox: [outgoing] })
  expect(find('.failure')!.textContent).toContain('Not sent. No connection.')
  for (const button of document.querySelectorAll<HTMLElement>('.failure button')) button.click()
  expect(calls).toEqual([
    ['retry', 'c1'],
    ['discard', 'c1'],
  ])
  const element = find('.own .message')
  await show({ outbox: [{ ...outgoing, state: 'sending' }] })
  expect(find('.status')!.textContent).toBe('Sending…')
  await show({ outbox: [], messages: [message(1), message(2, 'ada', { clientId: 'c1' })] })
  expect(find('#m-2')).toBe(element)
})

test('edited and deleted messages are marked, and a deleted one shows nothing else', async () => {
  const at = '2026-11-23T12:05:00.000Z'
  await open({
    messages: [
      message(1, 'bob', { editedAt: at }),
      message(2, 'bob', { editedAt: at, deletedAt: at, body: '' }),
    ],
  })
  expect(document.querySelector('#m-1 .meta')!.textContent).toBe('edited12:00')
  expect(document.querySelector('#m-2')!.textContent).toBe('Bob: Message deleted12:00')
})

test('a message is rendered again only when it or the viewer changes', async () => {
  let renders = 0
  const counted = {
    ...message(1, 'bob', { editedAt: '2026-11-23T13:00:00.000Z' }),
    get body() {
      renders++
      return 'hello'
    },
  }
  const { show } = await open({ messages: [counted] })
  expect(renders).toBe(1)
  await show({ messages: [counted, message(2)], connection: 'connecting' })
  expect(renders).toBe(1)
  await show({}, { ...viewer, language: 'zh', zone: 'Asia/Shanghai' })
  expect(renders).toBe(2)
  expect(document.querySelector('#m-1 .meta')!.textContent).toBe('已编辑20:00')
})

test('earlier messages load when the user comes near them, and after a failure on request', async () => {
  let fails = true
  const { calls, show, find } = await open(
    { previous: 16 },
    { earlier: () => (fails ? Promise.reject(new Error('offline')) : Promise.resolve()) },
  )
  page.near[0]!()
  await settled()
  expect(find('.earlier')!.textContent).toBe("Couldn't load earlier messages. Try again")
  expect(page.near).toEqual([])
  fails = false
  find('.earlier')!.click()
  expect(calls).toHaveLength(2)
  await settled()
  expect(find('.earlier')!.textContent).toBe('Earlier messages')
  expect(page.near).toHaveLength(1)
  await show({ previous: null })
  expect(find('.earlier')).toBeNull()
})

/** Sets the scroll position: the page has no layout here. */
async function scrollTo(top: number) {
  const scroller = document.querySelector('.scroller')!
  scroller.scrollTop = top
  scroller.dispatchEvent(new window.Event('scroll') as unknown as Event)
  await settled()
}

test('a message that arrives while the end is in view is read at once, without a line', async () => {
  const { calls, show, find } = await open()
  await show({ messages: [message(1), message(2)] })
  expect(calls).toEqual([['read', 2]])
  expect(find('.new-line')).toBeNull()
  await show({ messages: [message(1), message(2), message(3, 'ada')] })
  expect(calls).toEqual([['read', 2]])
})

test('messages that arrive while the user has scrolled back are counted, and read at the end', async () => {
  const { calls, show, find } = await open()
  await scrollTo(-500)
  expect(find('.to-end')!.getAttribute('aria-label')).toBe('Go to the latest message')
  await show({ messages: [message(1), message(2), message(3)] })
  expect(find('.to-end')!.textContent).toBe('2 new messages')
  expect(document.querySelector('#m-2')!.closest('.run')!.querySelector('.new-line')).not.toBeNull()
  expect(calls).toEqual([])
  await scrollTo(0)
  expect(calls).toEqual([['read', 3]])
  expect(find('.to-end')).toBeNull()
  expect(find('.new-line')).not.toBeNull()
})

test('the line "new" is after the last read message, and disappears when the user replies', async () => {
  const { show, find } = await open({
    messages: [message(1), message(2, 'ada'), message(3), message(4)],
    readSeq: 1,
  })
  expect(document.querySelector('#m-3')!.closest('.run')!.querySelector('.new-line')).not.toBeNull()
  await show({
    outbox: [{ clientId: 'c1', body: 'x', createdAt: '2026-11-23T12:09:00.000Z', state: 'sending' }],
  })
  expect(find('.new-line')).toBeNull()
})

test('each message of mine shows its state', async () => {
  const outbox = (state: 'sending' | 'failed') => [
    { clientId: 'c1', body: 'x', createdAt: '2026-11-23T12:09:00.000Z', state, reason: 'Too long.' },
  ]
  const { show } = await open({ messages: [message(1), message(2, 'ada')], outbox: outbox('sending') })
  const signs = () => [...document.querySelectorAll('.status')].map((sign) => sign.getAttribute('title'))
  expect(signs()).toEqual(['Sent', 'Sending…'])
  await show({ connection: 'connecting' })
  expect(signs()).toEqual(['Sent', 'Waiting for connection'])
  await show({ connection: 'offline' })
  expect(signs()).toEqual(['Sent', 'Waiting for connection'])
  await show({ outbox: outbox('failed') })
  expect(signs()).toEqual(['Sent'])
  expect(document.querySelector('.failure')!.textContent).toContain('Not sent. Too long.')
  await show({ outbox: [] })
  expect(signs()).toEqual(['Sent'])
})

test('being offline and connecting are announced politely', async () => {
  const { show, find } = await open({ connection: 'offline' })
  expect(find('.offline')!.textContent).toStartWith("You're offline.")
  await show({ connection: 'connecting' })
  expect(find('.connecting')).not.toBeNull()
  await show({ connection: 'live' })
  expect(document.querySelector('.offline, .connecting')).toBeNull()
})

test('a conversation with yourself is for notes', async () => {
  const me = { username: 'ada', displayName: 'Ada' }
  const { field, find } = await open({ person: me, messages: [] })
  expect(find('.who')!.textContent).toBe('AdaNotes to yourself')
  expect(field.getAttribute('aria-label')).toBe('Note to yourself')
})
