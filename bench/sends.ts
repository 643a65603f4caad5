import { openConversation } from '../src/conversations/service.ts'
import type { Deps } from '../src/deps.ts'
import { type Backend, backends, mysql } from '../src/testing/chat.ts'
import { paths } from '../web/paths.ts'
import { type Caller, type Client, connect, type Listening, listen } from './client.ts'
import { addCallers, filledGround, type Program, serve } from './ground.ts'
import { median, percentile, type Row } from './table.ts'

/**
 * Messages on their whole way: POST, commit, both people told over their WebSockets, and read by the recipient. Each sender
 * sends the next one when the last is there. Ours and the bare server take turns.
 */
export async function sends({ quick }: { quick: boolean }): Promise<Row[]> {
  const [rounds, seconds] = quick ? [1, 0.2] : [7, 3]
  // How many people send at the same time, each to somebody else.
  const crowds = quick ? [1, 4] : [1, 16, 64]
  const most = crowds.at(-1)!
  const rows: Row[] = []
  for (const backend of backends) {
    const stages = {
      ours: await openStage(backend, 'ours', most),
      bare: await openStage(backend, 'bare', most),
    }
    const measured = { ours: crowds.map(noTimes), bare: crowds.map(noTimes) }
    // The first round warms them up.
    for (let round = -1; round < rounds; round++) {
      for (const [at, senders] of crowds.entries()) {
        for (const server of ['ours', 'bare'] as const) {
          const { rate, times } = await stages[server].send(senders, seconds)
          if (round < 0) continue
          measured[server][at]!.rate.push(rate)
          measured[server][at]!.p50.push(median(times))
          measured[server][at]!.p99.push(percentile(times, 0.99))
        }
      }
    }
    for (const stage of Object.values(stages)) await stage.close()
    for (const [at, senders] of crowds.entries()) {
      const budgets = backend === mysql ? { one: senders === 1, most: senders === most } : {}
      rows.push(
        ...rowsOf(`${backend.name}, ${senders} at once`, measured.ours[at]!, measured.bare[at]!, budgets),
      )
    }
  }
  return rows
}

type Times = ReturnType<typeof noTimes>
function noTimes() {
  return { rate: [] as number[], p50: [] as number[], p99: [] as number[] }
}

function rowsOf(what: string, ours: Times, bare: Times, budgets: { one?: boolean; most?: boolean }): Row[] {
  const ofBare = (rounds: number[]) => ({ of: { name: 'bare', rounds } })
  const row = (name: string, unit: string, key: keyof Times) => ({
    ...{ what: `${what}: ${name}`, unit, ours: ours[key], bare: bare[key] },
  })
  return [
    {
      ...row('messages', 'a second', 'rate'),
      ...(budgets.most && { budget: { ...ofBare(bare.rate), atLeast: 0.6 } }),
    },
    {
      ...row('sent, told, read, p50', 'ms', 'p50'),
      ...(budgets.one && { budget: { ...ofBare(bare.p50), atMost: 2 } }),
    },
    row('sent, told, read, p99', 'ms', 'p99'),
  ]
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
    /** Sends for these seconds: messages a second, and the milliseconds that each took. */
    async send(senders: number, seconds: number): Promise<{ rate: number; times: number[] }> {
      const times: number[] = []
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
        for (let start = performance.now(); start < until; ) {
          await sendOne(pair, post, read)
          const end = performance.now()
          times.push(end - start)
          start = end
        }
      }
      await Promise.all(active.map((pair, at) => sendOn(pair, clients[at]!)))
      const rate = times.length / ((performance.now() - began) / 1000)
      for (const client of clients.flat()) client.close()
      return { rate, times }
    },
    async close() {
      for (const { sender, reader } of pairs) for (const one of [sender, reader]) one.close()
      await stop()
      await ground.remove()
    },
  }
}

async function sendOne({ one, other, sender, reader }: Pair, post: Client, read: Client): Promise<void> {
  const clientId = crypto.randomUUID()
  const [told, heard] = [sender.next(), reader.next()]
  const body = `{"body":"See you at eight?","clientId":"${clientId}"}`
  const posted = post.post(paths.api.messages(other.username), body).then((answer) => {
    if (answer.status !== 201) throw new Error(`not sent: ${answer.status}`)
  })
  const readIt = heard.then(async (version) => {
    const changes = await read.get(`${paths.api.changes(one.username)}?since=${version - 1}`)
    if (!changes.body.includes(clientId)) throw new Error(`not read: ${changes.status}`)
  })
  await Promise.all([posted, told, readIt])
}

async function addPairs(deps: Deps, count: number): Promise<[Caller, Caller][]> {
  const numbers = [...Array(count).keys()]
  const callers = await addCallers(
    deps,
    numbers.flatMap((n) => [`sender${n}`, `reader${n}`]),
  )
  const pairs = numbers.map((n) => [callers[2 * n]!, callers[2 * n + 1]!] as const)
  for (const [one, other] of pairs) await openConversation(deps, one.id, other.id)
  return pairs.map(([one, other]) => [one, other])
}
