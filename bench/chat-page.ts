import { chromium, type Page } from 'playwright'
import { chromium as chromiumPath } from '../scripts/browser.ts'
import { ConversationEntity, MemberEntity } from '../src/conversations/entity.ts'
import { ensureConversation } from '../src/conversations/lookup.ts'
import { sha256 } from '../src/database/hash.ts'
import { cookieNames } from '../src/http/cookies.ts'
import { MessageEntity } from '../src/messages/entity.ts'
import type { Deps } from '../src/process/deps.ts'
import { sqlite } from '../test/support/chat.ts'
import { paths } from '../web/paths.ts'
import { type Caller, type Client, connect } from './client.ts'
import { addCallers, filledEnvironment, serve } from './environment.ts'
import { traceMainThread } from './trace.ts'

/** A user's chat page in Chromium, and the other person, who sends messages. */
export type ChatPage = Awaited<ReturnType<typeof openChatPage>>

/** Messages of one burst, and their concurrent senders. */
const BURST = 1_000
const SENDERS = 16

/** Milliseconds; only detects hangs. */
const TIMEOUT = 180_000

/** Starts a server with an embedded database, and opens a conversation of `messages` messages in Chromium. */
export async function openChatPage({ messages }: { messages: number }) {
  const { filled, ...environment } = await filledEnvironment(sqlite, (deps) =>
    addConversation(deps, messages),
  )
  const { reader, sender } = filled
  const { origin, stop } = await serve('app', environment.env)
  const browser = await chromium.launch({ executablePath: await chromiumPath() })
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } })
  await context.addCookies([{ name: cookieNames({ origin }).session, value: reader.token, url: origin }])
  context.setDefaultTimeout(TIMEOUT)
  const page = await context.newPage()
  await page.goto(origin + paths.chat(sender.username))
  const cdp = await context.newCDPSession(page)
  await cdp.send('Performance.enable')

  /** Returns the `seq` of the message. */
  async function post(client: Client): Promise<number> {
    const { status, body } = await client.post(
      paths.api.messages(reader.username),
      JSON.stringify({ body: TEXT }),
    )
    if (status !== 201) throw new Error(`A message is rejected: ${status} ${body}`)
    return JSON.parse(body).seq
  }
  /** Returns the `seq` of the last message. */
  async function sendBurst(count: number): Promise<number> {
    let left = count
    const send = async () => {
      const client = await connect(origin, sender)
      let seq = 0
      while (left-- > 0) seq = await post(client)
      client.close()
      return seq
    }
    return Math.max(...(await Promise.all(Array.from({ length: SENDERS }, send))))
  }
  const shown = (seq: number) => page.locator(`#m-${seq}`).waitFor({ state: 'attached' })

  return {
    /** Scrolls back until all messages are loaded. */
    async scrollBack(): Promise<void> {
      await page.locator('.scroller').hover()
      while ((await page.locator('.message').count()) < messages) {
        await page.mouse.wheel(0, -100_000)
        await nextFrame(page)
      }
    },
    async scrollToEnd(): Promise<void> {
      await page.locator('.to-end').click()
      await page.locator('.to-end').waitFor({ state: 'detached' })
    },
    /** Returns the main thread's milliseconds for one message, until the page and its list of conversations show it. */
    async timeArrival() {
      const client = await connect(origin, sender)
      const responses = Promise.all([
        page.waitForResponse((response) =>
          response.url().startsWith(`${origin}${paths.api.changes(sender.username)}?`),
        ),
        page.waitForResponse(origin + paths.conversationRow(sender.username)),
      ])
      const trace = await traceMainThread(cdp)
      const seq = await post(client)
      await responses
      await drawn(page, `m-${seq}`)
      const times = await trace.stop()
      client.close()
      return times
    },
    /** Sends `count` messages in bursts and waits after each until the page shows its last message. */
    async receive(count: number): Promise<void> {
      for (let left = count; left > 0; ) {
        const burst = Math.min(left, BURST)
        left -= burst
        await shown(await sendBurst(burst))
      }
    },
    /** Returns the bytes of the JavaScript heap and the number of DOM nodes, after garbage collection. */
    async memory(): Promise<{ heap: number; nodes: number }> {
      await cdp.send('HeapProfiler.collectGarbage')
      const { metrics } = await cdp.send('Performance.getMetrics')
      const value = (wanted: string) => metrics.find(({ name }) => name === wanted)!.value
      return { heap: value('JSHeapUsedSize'), nodes: value('Nodes') }
    },
    async close(): Promise<void> {
      await browser.close()
      await stop()
      await environment.remove()
    },
  }
}

const nextFrame = (page: Page) =>
  page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve))))

/** Waits for the frame that shows the element. A locator would search all elements, in the measured time. */
const drawn = (page: Page, id: string) =>
  page.evaluate(
    (id) =>
      new Promise<void>((resolve) => {
        const look = () => {
          if (document.getElementById(id)) setTimeout(resolve)
          else requestAnimationFrame(look)
        }
        requestAnimationFrame(look)
      }),
    id,
  )

const TEXT = 'See you at eight, at https://example.org/?'
const MINUTE = 60_000

/** Two people alternate with three messages each, half an hour apart. The reader has read all of them. */
async function addConversation(deps: Deps, count: number): Promise<{ reader: Caller; sender: Caller }> {
  const [reader, sender] = await addCallers(deps, ['reader', 'sender'])
  const conversation = await ensureConversation(deps, reader!.id, sender!.id)
  const em = deps.orm.em.fork()
  const now = Date.now()
  const messages = Array.from({ length: count }, (_, n) => ({
    conversation,
    seq: n + 1,
    version: n + 1,
    sender: (n % 6 < 3 ? reader! : sender!).id,
    clientId: `client-${n}`,
    body: TEXT,
    bodyHash: sha256(TEXT),
    createdAt: new Date(now - Math.ceil((count - n) / 3) * 30 * MINUTE),
  }))
  await em.insertMany(MessageEntity, messages)
  await em.nativeUpdate(
    ConversationEntity,
    { id: conversation },
    { lastSeq: count, version: count, activeAt: new Date(now) },
  )
  await em.nativeUpdate(MemberEntity, { conversation }, { readSeq: count })
  return { reader: reader!, sender: sender! }
}
