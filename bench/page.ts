import { type ChatPage, openChatPage } from './chat-page.ts'
import { median, type Row } from './table.ts'
import type { MainThreadTimes } from './trace.ts'

/** Measures the chat page in Chromium: the time that a new message takes, and the memory after many messages. */
export async function page({ quick }: { quick: boolean }): Promise<Row[]> {
  const loaded = quick ? 100 : 3_000
  const chat = await openChatPage({ messages: loaded })
  try {
    const count = quick ? 2 : 20
    await chat.scrollBack()
    const scrolledUp = await arrivals(chat, count)
    await chat.scrollToEnd()
    const atEnd = await arrivals(chat, count)
    return [
      ...timeRows('at the end', atEnd),
      ...timeRows(`scrolled back, ${loaded.toLocaleString('en')} loaded`, scrolledUp, { atMost: 8 }),
      ...(quick
        ? await memoryRows(chat, [50, 100])
        : await memoryRows(chat, [1_000, 10_000], { growth: { atMost: 1.2 } })),
    ]
  } finally {
    await chat.close()
  }
}

async function arrivals(chat: ChatPage, count: number): Promise<MainThreadTimes[]> {
  const measured: MainThreadTimes[] = []
  // The first message compiles code and hides or shows the button to the end.
  await chat.timeArrival()
  for (let n = 0; n < count; n++) measured.push(await chat.timeArrival())
  return measured
}

function timeRows(where: string, measured: MainThreadTimes[], budget?: Row['budget']): Row[] {
  const row = (what: string, value: (times: MainThreadTimes) => number): Row => ({
    what: `new message on the page, ${where}: ${what}`,
    unit: 'ms',
    app: [median(measured.map(value))],
  })
  return [
    { ...row('script', ({ script }) => script), ...(budget && { budget }) },
    row('style and layout', ({ style, layout }) => style + layout),
    row('all work of the main thread', ({ all }) => all),
  ]
}

/**
 * Measures after each of these numbers of messages has arrived at the end. The page keeps 300 to 360 of them. `growth` is
 * relative to the first measurement.
 */
async function memoryRows(
  chat: ChatPage,
  counts: number[],
  { growth }: { growth?: { atMost: number } } = {},
): Promise<Row[]> {
  const measured: { count: number; heap: number; nodes: number }[] = []
  for (const count of counts) {
    await chat.receive(count - (measured.at(-1)?.count ?? 0))
    measured.push({ count, ...(await chat.memory()) })
  }
  const [first] = measured
  const name = `the value after ${first!.count.toLocaleString('en')}`
  return measured.flatMap((memory) => {
    const what = `the page after ${memory.count.toLocaleString('en')} messages received`
    const row = (what: string, unit: string, value: (memory: typeof first & {}) => number): Row => ({
      ...{ what, unit, app: [value(memory)] },
      ...(growth && memory !== first && { budget: { of: { name, rounds: [value(first!)] }, ...growth } }),
    })
    return [
      row(`${what}: JavaScript heap`, 'MB', ({ heap }) => heap / 1e6),
      row(`${what}: DOM nodes`, 'nodes', ({ nodes }) => nodes),
    ]
  })
}
