import { ensureConversation } from '../src/conversations/lookup.ts'
import type { Deps } from '../src/process/deps.ts'
import { type Backend, backends, mysql } from '../test/support/chat.ts'
import type { Caller } from './client.ts'
import { addCallers, filledEnvironment, type Program, serve } from './environment.ts'
import { type Delivery, openMinimalPair, type Pair } from './minimal-pair.ts'
import { openMessagesPair, openPagePair } from './page-pair.ts'
import { type Budget, median, percentile, type Row } from './table.ts'

/**
 * Measures the delivery of messages: POST, commit, events to both people over WebSockets, and the recipient's fetch. Each
 * sender sends the next message when the previous one is delivered. App and baseline alternate. With the most senders, chat
 * pages are clients of the app as well.
 */
export async function sends({ quick }: { quick: boolean }): Promise<Row[]> {
  const [rounds, seconds] = quick ? [1, 0.05] : [7, 3]
  // Numbers of concurrent senders, each with a different recipient.
  const crowds = quick ? [1, 2] : [1, 16, 64]
  const most = crowds.at(-1)!
  const rows: Row[] = []
  for (const backend of backends) {
    const stages = {
      app: await openStage(backend, 'app', most),
      baseline: await openStage(backend, 'baseline', most),
    }
    const measured = {
      app: crowds.map(noTimes),
      baseline: crowds.map(noTimes),
      pages: noTimes(),
      messages: noTimes(),
    }
    // The first round is a warm-up.
    for (let round = quick ? 0 : -1; round < rounds; round++) {
      for (const [at, senders] of crowds.entries()) {
        const measurements = [
          [stages.app, openMinimalPair, measured.app[at]!],
          [stages.baseline, openMinimalPair, measured.baseline[at]!],
          ...(senders === most
            ? ([
                [stages.app, openPagePair, measured.pages],
                [stages.app, openMessagesPair, measured.messages],
              ] as const)
            : []),
        ] as const
        for (const [stage, open, times] of measurements) {
          const sent = await stage.send(senders, { seconds, open })
          if (round >= 0) record(times, sent)
        }
      }
    }
    for (const stage of Object.values(stages)) await stage.close()
    for (const [at, senders] of crowds.entries()) {
      const [app, baseline] = [measured.app[at]!, measured.baseline[at]!]
      const ofBaseline = (key: keyof Times) => ({ of: { name: 'baseline', rounds: baseline[key] } })
      const isMost = backend === mysql && senders === most
      const isOne = senders === 1
      const people = `${backend.name}, ${senders} ${senders === 1 ? 'sender' : 'senders'}`
      const row = (name: string, key: keyof Times, budget?: Budget | false): Row => ({
        what: `${people}: ${name}`,
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
    const { pages, messages } = measured
    const between = (budget: Budget): Row => ({
      what: `${backend.name}, ${most} senders: throughput between two chat pages`,
      unit: 'messages/s',
      app: pages.rate,
      budget,
    })
    rows.push(
      between({ of: { name: 'without lists and read marks', rounds: messages.rate }, atLeast: 0.8 }),
      between({
        of: { name: 'the requests of a delivery', rounds: measured.app.at(-1)!.rate },
        atLeast: 0.7,
      }),
    )
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

/** Starts one server with `most` pairs of users. */
async function openStage(backend: Backend, server: Program, most: number) {
  const environment = await filledEnvironment(backend, (deps) => addPairs(deps, most))
  const { origin, stop } = await serve(server, environment.env)
  return {
    /** Sends for `seconds`. Returns messages per second and the times of each. */
    async send(
      senders: number,
      { seconds, open }: { seconds: number; open: typeof openMinimalPair },
    ): Promise<{ rate: number; deliveries: Delivery[] }> {
      const deliveries: Delivery[] = []
      // Servers close idle connections, so each measurement opens its own.
      const pairs = await Promise.all(
        environment.filled.slice(0, senders).map(([one, other]) => open(origin, one, other)),
      )
      const began = performance.now()
      const until = began + seconds * 1000
      const sendOn = async (pair: Pair) => {
        while (performance.now() < until) deliveries.push(await pair.deliver())
      }
      await Promise.all(pairs.map(sendOn))
      const rate = deliveries.length / ((performance.now() - began) / 1000)
      for (const pair of pairs) pair.close()
      return { rate, deliveries }
    },
    async close() {
      await stop()
      await environment.remove()
    },
  }
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
