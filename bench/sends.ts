import { ensureConversation } from '../src/conversations/lookup.ts'
import type { Deps } from '../src/process/deps.ts'
import { type Backend, backends, mysql } from '../test/support/chat.ts'
import { paths } from '../web/paths.ts'
import { type Caller, type Client, connect, type Listening, listen } from './client.ts'
import { addCallers, filledGround, type Program, serve } from './ground.ts'
import { type Budget, median, percentile, type Row } from './table.ts'

/**
 * Messages on their whole way: POST, commit, both people told over their WebSockets, and read by the recipient. Each sender
 * sends the next one when the last is there. The app and the baseline take turns.
 */
export async function sends({ quick }: { quick: boolean }): Promise<Row[]> {
  const [rounds, seconds] = quick ? [1, 0.2] : [7, 3]
  // How many people send at the same time, each to somebody else.
  const crowds = quick ? [1, 4] : [1, 16, 64]
  const most = crowds.at(-1)!
  const rows: Row[] = []
  for (const backend of backends) {
    const stages = {
      app: await openStage(backend, 'app', most),
      baseline: await openStage(backend, 'baseline', most),
    }
    const measured = { app: crowds.map(noTimes), baseline: crowds.map(noTimes) }
    // The first round warms them up.
    for (let round = -1; round < rounds; round++) {
      for (const [at, senders] of crowds.entries()) {
        for (const server of ['app', 'baseline'] as const) {
          const sent = await stages[server].send(senders, seconds)
          if (round >= 0) note(measured[server][at]!, sent)
        }
      }
    }
    for (const stage of Object.values(stages)) await stage.close()
    for (const [at, senders] of crowds.entries()) {
      const [app, baseline] = [measured.app[at]!, measured.baseline[at]!]
      const ofBaseline = (key: keyof Times) => ({ of: { name: 'baseline', rounds: baseline[key] } })
      const isMost = backend === mysql && senders === most
      const isOne = senders === 1
      const row = (name: string, key: keyof Times, budget?: Budget | false): Row => ({
        what: `${backend.name}, ${senders} at once: ${name}`,
        unit: key === 'rate' ? 'a second' : 'ms',
        ...{ app: app[key], baseline: baseline[key], ...(budget && { budget }) },
      })
      rows.push(
        row('messages', 'rate', isMost && { ...ofBaseline('rate'), atLeast: 0.6 }),
        row('answered, p50', 'answered'),
        row('the other person told, p50', 'told', isOne && { atMost: 5 }),
        row(
          'both told, and read, p50',
          'whole',
          isOne && backend === mysql && { ...ofBaseline('whole'), atMost: 2 },
        ),
        row('both told, and read, p99', 'slowest'),
      )
    }
  }
  return rows
}

/** A number for each round; times in milliseconds. */
type Times = ReturnType<typeof noTimes>
function noTimes() {
  const none = (): number[] => []
  return { rate: none(), answered: none(), told: none(), whole: none(), slowest: none() }
}

function note(times: Times, { rate, ways }: { rate: number; ways: Way[] }): void {
  times.rate.push(rate)
  times.answered.push(median(ways.map(({ answered }) => answered)))
  times.told.push(median(ways.map(({ told }) => told)))
  const whole = ways.map((way) => way.whole)
  times.whole.push(median(whole))
  times.slowest.push(percentile(whole, 0.99))
}

type Pair = { one: Caller; other: Caller; sender: Listening; reader: Listening }

/** One server, with as many pairs of people connected to it as ever send. */
async function openStage(backend: Backend, server: Program, most: number) {
  const ground = await filledGround(backend, (deps) => addPairs(deps, most))
  const { origin, stop } = await serve(server, ground.env)
  const pairs: Pair[] = []
  for (const [one, other] of ground.filled) {
    const [sender, reader] = [await listen(origin, one), await listen(origin, other)]
    pairs.push({ one, other, sender, reader })
  }
  return {
    /** Sends for these seconds: messages a second, and the way of each. */
    async send(senders: number, seconds: number): Promise<{ rate: number; ways: Way[] }> {
      const ways: Way[] = []
      const active = pairs.slice(0, senders)
      // A server closes connections that were idle for some seconds, so each measurement has its own.
      const clients = await Promise.all(
        active.map(
          async ({ one, other }) => [await connect(origin, one), await connect(origin, other)] as const,
        ),
      )
      const began = performance.now()
      const until = began + seconds * 1000
      const sendOn = async (pair: Pair, [post, read]: readonly [Client, Client]) => {
        while (performance.now() < until) ways.push(await sendOne(pair, post, read))
      }
      await Promise.all(active.map((pair, at) => sendOn(pair, clients[at]!)))
      const rate = ways.length / ((performance.now() - began) / 1000)
      for (const client of clients.flat()) client.close()
      return { rate, ways }
    },
    async close() {
      for (const { sender, reader } of pairs) for (const one of [sender, reader]) one.close()
      await stop()
      await ground.remove()
    },
  }
}

/** When what had happened to one message, in milliseconds since it was sent. */
type Way = { answered: number; told: number; whole: number }

async function sendOne({ one, other, sender, reader }: Pair, post: Client, read: Client): Promise<Way> {
  const clientId = crypto.randomUUID()
  const [echoed, heard] = [sender.next(), reader.next()]
  const start = performance.now()
  const since = () => performance.now() - start
  const way = { answered: 0, told: 0, whole: 0 }
  const body = `{"body":"See you at eight?","clientId":"${clientId}"}`
  const posted = post.post(paths.api.messages(other.username), body).then(({ status }) => {
    way.answered = since()
    if (status !== 201) throw new Error(`not sent: ${status}`)
  })
  const readIt = heard.then(async (version) => {
    way.told = since()
    const changes = await read.get(`${paths.api.changes(one.username)}?since=${version - 1}`)
    if (!changes.body.includes(clientId)) throw new Error(`not read: ${changes.status}`)
  })
  await Promise.all([posted, echoed, readIt])
  way.whole = since()
  return way
}

async function addPairs(deps: Deps, count: number): Promise<[Caller, Caller][]> {
  const numbers = [...Array(count).keys()]
  const callers = await addCallers(
    deps,
    numbers.flatMap((n) => [`sender${n}`, `reader${n}`]),
  )
  const pairs = numbers.map((n) => [callers[2 * n]!, callers[2 * n + 1]!] as const)
  for (const [one, other] of pairs) await ensureConversation(deps, one.id, other.id)
  return pairs.map(([one, other]) => [one, other])
}
