import { ensureConversation } from '../src/conversations/lookup.ts'
import type { Deps } from '../src/process/deps.ts'
import { type Backend, backends, mysql } from '../test/support/chat.ts'
import { paths } from '../web/paths.ts'
import { type Caller, type Client, connect, type Listening, listen } from './client.ts'
import { addCallers, filledGround, type Program, serve } from './ground.ts'
import { type Budget, median, percentile, type Row } from './table.ts'

/**
 * Measures the delivery of messages: POST, commit, events to both people over WebSockets, and the recipient's fetch. Each
 * sender sends the next message when the previous one is delivered. The app and the baseline alternate.
 */
export async function sends({ quick }: { quick: boolean }): Promise<Row[]> {
  const [rounds, seconds] = quick ? [1, 0.2] : [7, 3]
  // Numbers of concurrent senders, each with a different recipient.
  const crowds = quick ? [1, 4] : [1, 16, 64]
  const most = crowds.at(-1)!
  const rows: Row[] = []
  for (const backend of backends) {
    const stages = {
      app: await openStage(backend, 'app', most),
      baseline: await openStage(backend, 'baseline', most),
    }
    const measured = { app: crowds.map(noTimes), baseline: crowds.map(noTimes) }
    // The first round is a warm-up.
    for (let round = -1; round < rounds; round++) {
      for (const [at, senders] of crowds.entries()) {
        for (const server of ['app', 'baseline'] as const) {
          const sent = await stages[server].send(senders, seconds)
          if (round >= 0) record(measured[server][at]!, sent)
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
        what: `${backend.name}, ${senders} ${senders === 1 ? 'sender' : 'senders'}: ${name}`,
        unit: key === 'rate' ? 'messages/s' : 'ms',
        ...{ app: app[key], baseline: baseline[key], ...(budget && { budget }) },
      })
      rows.push(
        row('throughput', 'rate', isMost && { ...ofBaseline('rate'), atLeast: 0.6 }),
        row('response, p50', 'responded'),
        row('recipient notified, p50', 'notified', isOne && { atMost: 5 }),
        row(
          'both notified and fetched by the recipient, p50',
          'total',
          isOne && backend === mysql && { ...ofBaseline('total'), atMost: 2 },
        ),
        row('both notified and fetched by the recipient, p99', 'slowest'),
      )
    }
  }
  return rows
}

/** One number per round. Times in milliseconds. */
type Times = ReturnType<typeof noTimes>
function noTimes() {
  const none = (): number[] => []
  return { rate: none(), responded: none(), notified: none(), total: none(), slowest: none() }
}

function record(times: Times, { rate, deliveries }: { rate: number; deliveries: Delivery[] }): void {
  times.rate.push(rate)
  times.responded.push(median(deliveries.map(({ responded }) => responded)))
  times.notified.push(median(deliveries.map(({ notified }) => notified)))
  const totals = deliveries.map(({ total }) => total)
  times.total.push(median(totals))
  times.slowest.push(percentile(totals, 0.99))
}

type Pair = { one: Caller; other: Caller; sender: Listening; reader: Listening }

/** Starts one server with `most` connected pairs of users. */
async function openStage(backend: Backend, server: Program, most: number) {
  const ground = await filledGround(backend, (deps) => addPairs(deps, most))
  const { origin, stop } = await serve(server, ground.env)
  const pairs: Pair[] = []
  for (const [one, other] of ground.filled) {
    const [sender, reader] = [await listen(origin, one), await listen(origin, other)]
    pairs.push({ one, other, sender, reader })
  }
  return {
    /** Sends for `seconds`. Returns messages per second and the times of each. */
    async send(senders: number, seconds: number): Promise<{ rate: number; deliveries: Delivery[] }> {
      const deliveries: Delivery[] = []
      const active = pairs.slice(0, senders)
      // Servers close idle connections, so each measurement opens its own.
      const clients = await Promise.all(
        active.map(
          async ({ one, other }) => [await connect(origin, one), await connect(origin, other)] as const,
        ),
      )
      const began = performance.now()
      const until = began + seconds * 1000
      const sendOn = async (pair: Pair, [post, read]: readonly [Client, Client]) => {
        while (performance.now() < until) deliveries.push(await sendOne(pair, post, read))
      }
      await Promise.all(active.map((pair, at) => sendOn(pair, clients[at]!)))
      const rate = deliveries.length / ((performance.now() - began) / 1000)
      for (const client of clients.flat()) client.close()
      return { rate, deliveries }
    },
    async close() {
      for (const { sender, reader } of pairs) for (const one of [sender, reader]) one.close()
      await stop()
      await ground.remove()
    },
  }
}

/** The milliseconds from sending a message to each stage. */
type Delivery = { responded: number; notified: number; total: number }

async function sendOne({ one, other, sender, reader }: Pair, post: Client, read: Client): Promise<Delivery> {
  const clientId = crypto.randomUUID()
  const [senderNotified, recipientNotified] = [sender.next(), reader.next()]
  const start = performance.now()
  const since = () => performance.now() - start
  const delivery = { responded: 0, notified: 0, total: 0 }
  const body = `{"body":"See you at eight?","clientId":"${clientId}"}`
  const posted = post.post(paths.api.messages(other.username), body).then(({ status }) => {
    delivery.responded = since()
    if (status !== 201) throw new Error(`send failed: ${status}`)
  })
  const fetched = recipientNotified.then(async (version) => {
    delivery.notified = since()
    const changes = await read.get(`${paths.api.changes(one.username)}?since=${version - 1}`)
    if (!changes.body.includes(clientId)) throw new Error(`fetch without the message: ${changes.status}`)
  })
  await Promise.all([posted, senderNotified, fetched])
  delivery.total = since()
  return delivery
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
