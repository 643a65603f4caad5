import { afterAll, beforeAll, expect, test } from 'bun:test'
import { Window } from 'happy-dom'
import { render } from 'preact-render-to-string'
import { FakeClock, FakeServer, memoryOutbox, settled } from '../../test/support/page-fakes.ts'
import { withViewer } from '../../test/support/viewer.tsx'
import { MainPane } from '../chat/page.tsx'
import { ApiError, createApi } from '../sync/api.ts'
import { localDrafts } from '../sync/drafts.ts'
import { Island } from './island.tsx'
import { Page } from './page.ts'

const window = new Window({ url: 'http://localhost:3000/chat/bob' })
const globals = {
  document: window.document,
  matchMedia: () => ({ matches: false }),
  CSS: { supports: () => true },
  IntersectionObserver: class {
    observe() {}
    disconnect() {}
  },
  ResizeObserver: class {
    observe() {}
    disconnect() {}
  },
  addEventListener: window.addEventListener.bind(window),
  requestAnimationFrame: (run: () => void) => setImmediate(run),
  cancelAnimationFrame() {},
}
const before = Object.fromEntries(Object.keys(globals).map((name) => [name, Reflect.get(globalThis, name)]))
beforeAll(() => void Object.assign(globalThis, globals))
afterAll(() => void Object.assign(globalThis, before))

const person = (username: string) => ({ username, displayName: username.toUpperCase() })

/** Ada's page of her conversation with Bob, rendered by the server and hydrated. */
function setup({ received = 1 } = {}) {
  const server = new FakeServer()
  for (let n = 1; n <= received; n++) server.post('bob', 'ada', { body: `bob ${n}`, clientId: null })
  const document = window.document as unknown as Document
  const clock = new FakeClock()
  const network = {
    post: async (to: string, message: { body: string; clientId: string }) => server.post('ada', to, message),
  }
  const connection = { end() {}, event(_event: object) {} }
  const chat = new Page(
    {
      me: 'ada',
      fetch: async () => new Response(),
      clock,
      random: () => 1,
      uuid: () => crypto.randomUUID(),
      outbox: memoryOutbox(),
      tabs: null,
      transports: [
        (on) => {
          connection.end = on.end
          connection.event = (event) => on.frame(JSON.stringify(event))
          return () => {}
        },
      ],
      view: {
        onOutgoingChange: (person) => island.refresh(person),
        onConnectionChange: () => island.refresh(),
        onConversationClosed: (person) => island.closeComposer(person),
        list: null,
      },
      describeRefusal: () => 'no',
      onSignedOut() {},
    },
    {
      createApi: (env) => ({
        ...createApi(env),
        send: (to, message) => network.post(to, message),
        changes: async (_, since) => server.changes(since),
        earlier: async (_, seq) => server.page(seq),
        read: async () => {},
      }),
    },
  )
  const island = new Island({
    page: chat,
    drafts: localDrafts(window.localStorage as unknown as Storage, 'ada'),
    onMoved() {},
  })
  chat.start()
  connection.event({ type: 'ready' })
  const open = (username: string | null) => {
    const start = { outbox: [], readSeq: received, connection: 'connecting' as const }
    const conversation = username && {
      ...start,
      ...server.start(),
      me: person('ada'),
      person: person(username),
      open: true,
      blocked: false,
    }
    document.body.innerHTML = `<main>${render(withViewer(<MainPane conversation={conversation || null} />))}</main>`
    island.sync(document)
  }
  open('bob')
  const find = (selector: string) => [...document.querySelectorAll<HTMLElement>(selector)]
  return {
    ...{ clock, server, document, connection, network, island, open, find },
    bodies: () => find('.log .body').map((body) => body.textContent),
    type(text: string) {
      const field = document.querySelector<HTMLTextAreaElement>('#composer')!
      field.value = text
      field.form!.dispatchEvent(new window.Event('submit', { bubbles: true, cancelable: true }) as never)
    },
  }
}

test('A conversation rendered by the server is hydrated in place', async () => {
  const { island, connection, bodies, find, server } = setup()
  const [element] = find('.message')
  server.post('bob', 'ada', { body: 'bob again', clientId: null })
  connection.event({ type: 'message', id: '2-1', with: 'eve', seq: 1, version: 9 })
  connection.event({ type: 'message', id: '1-2', with: 'bob', seq: 2, version: 2 })
  await settled()
  expect(bodies()).toEqual(['bob 1', 'bob again'])
  expect(find('.message')[0]).toBe(element!)
  expect(island.person).toBe('bob')
})

test('A sent message is shown at once, and keeps its element when the server confirms it', async () => {
  const { type, bodies, find, server } = setup()
  type(' hello ')
  await Promise.resolve()
  expect(bodies()).toEqual(['bob 1', 'hello'])
  const element = find('.message').at(-1)
  expect(element?.id).toBe('')
  await settled()
  expect(server.messages.at(-1)?.body).toBe('hello')
  expect(find('.message').at(-1)).toBe(element!)
  expect(element?.id).toBe('m-2')
})

test('A lone surrogate is sent as the replacement character', async () => {
  const { type, server } = setup()
  type('\ud83d')
  await settled()
  expect(server.messages.at(-1)?.body).toBe('\ufffd')
})

test('A text that is empty or has too many code points is not sent', async () => {
  const { type, server, find } = setup()
  await settled()
  type('  ')
  type('🌿'.repeat(4001))
  await settled()
  await settled()
  expect(server.messages).toHaveLength(1)
  expect(find('#composer-problem')).toHaveLength(1)
  type('🌿'.repeat(4000))
  await settled()
  expect(server.messages).toHaveLength(2)
})

test('A rejection as undeliverable closes the composer and keeps the draft', async () => {
  const { type, network, find, bodies, open, island } = setup()
  await settled()
  const refusal = Promise.withResolvers<never>()
  network.post = () => refusal.promise
  type('hello')
  await settled()
  const field = find('#composer')[0] as HTMLTextAreaElement
  field.value = 'half a'
  field.dispatchEvent(new window.Event('input', { bubbles: true }) as never)
  refusal.reject(new ApiError(403, { errors: [{ code: 'undeliverable' }] }, 0))
  await settled()
  await settled()
  expect(find('#composer')).toEqual([])
  expect(find('.closed')).toHaveLength(1)
  expect(bodies()).toEqual(['bob 1', 'hello'])
  expect(find('.failure button').map((button) => button.textContent)).toEqual(['Discard'])

  open(null)
  island.closeComposer('bob')
  open('bob')
  await settled()
  expect((find('#composer')[0] as HTMLTextAreaElement).value).toBe('half a')
  expect(find('.failure button').map((button) => button.textContent)).toEqual(['Try again', 'Discard'])
  island.closeComposer('eve')
  await settled()
  expect(find('#composer')).toHaveLength(1)
})

test('The status of the connection is shown', async () => {
  const { clock, connection, find } = setup()
  connection.end()
  await clock.pass(1000)
  connection.end()
  await settled()
  expect(find('.offline')).toHaveLength(1)
})

test('Opening another conversation replaces and closes the previous one', async () => {
  const { open, island, server, bodies, find } = setup()
  server.messages = []
  open('eve')
  await settled()
  expect(island.person).toBe('eve')
  expect(find('h1').map((name) => name.textContent)).toEqual(['EVE'])
  expect(bodies()).toEqual([])
  open(null)
  island.refresh()
  await settled()
  expect(island.person).toBeNull()
})

test('A message of mine that was edited before the response arrived is shown as edited', async () => {
  const { type, network, server, bodies } = setup()
  const { post } = network
  network.post = async (to, message) => {
    await post(to, message)
    server.edit(2, 'edited')
    return post(to, message)
  }
  type('hello')
  await settled()
  expect(bodies()).toEqual(['bob 1', 'edited'])
})
