import type { Address, RedisTarget } from '../../process/redis-target.ts'
import { withTimeout } from '../../process/timeout.ts'
import { type Connection, type Log, openClient, type RedisClient } from './redis-client.ts'
import { SLOTS } from './redis-slot.ts'

/** The masters, each with the slots it serves: inclusive ranges. */
export type Layout = readonly { at: Address | string; slots: readonly (readonly [number, number])[] }[]

/** Milliseconds that one sentinel or node of a cluster may take to answer. */
const LOOKUP_TIMEOUT_MS = 1000

const ALL_SLOTS = [[0, SLOTS - 1]] as const

type Finder = {
  servers: RedisTarget['servers']
  connection: Connection
  log: Log
  /** Clients of the masters known so far. */
  known(): RedisClient[]
}

/**
 * Asks the sentinels or the cluster for the masters of now.
 * @throws Error when none answers, and when the sentinels do not know the name
 */
export async function findLayout(finder: Finder): Promise<Layout> {
  const { servers } = finder
  if (servers.kind === 'socket') return [{ at: servers.path, slots: ALL_SLOTS }]
  if (servers.kind === 'one') return [{ at: servers.address, slots: ALL_SLOTS }]
  if (servers.kind === 'sentinel') return [{ at: await askSentinels(finder, servers), slots: ALL_SLOTS }]
  return askCluster(finder, servers.nodes)
}

/** Returns the answer that most sentinels give: one that is cut off from the others still names the old master. */
async function askSentinels(
  { connection, log }: Finder,
  { sentinels, master, credentials }: RedisTarget['servers'] & { kind: 'sentinel' },
): Promise<Address> {
  const ask = (sentinel: Address) =>
    askOnce(sentinel, { connection: { ...connection, credentials, database: 0 }, log }, (client) =>
      client.sendCommand<[string, string] | null>(['SENTINEL', 'GET-MASTER-ADDR-BY-NAME', master]),
    )
  const answers = await Promise.allSettled(sentinels.map(ask))
  const answered = answers.filter((answer) => answer.status === 'fulfilled')
  if (answered.length === 0) throw (answers[0] as PromiseRejectedResult).reason
  const votes = Map.groupBy(
    answered.flatMap(({ value }) => (value ? [value] : [])),
    ([host, port]) => `${host} ${port}`,
  )
  const [winner] = [...votes.values()].sort((a, b) => b.length - a.length)
  if (!winner) throw new Error(`the sentinels know no master named ${master}`)
  const [host, port] = winner[0]!
  return { host, port: Number(port) }
}

type SlotRange = [from: number, to: number, master: [host: string | null, port: number]]

async function askCluster({ connection, log, known }: Finder, nodes: readonly Address[]): Promise<Layout> {
  const ask = async (client: RedisClient): Promise<Layout> => {
    const [info, ranges] = await withTimeout(
      LOOKUP_TIMEOUT_MS,
      Promise.all([
        client.sendCommand(['CLUSTER', 'INFO']),
        client.sendCommand<SlotRange[]>(['CLUSTER', 'SLOTS']),
      ]),
    )
    // A node that is cut off from the others knows only the past.
    if (!`${info}`.includes('cluster_state:ok')) throw new ClusterDown()
    const { host: asked = '' } = client.options!.socket as { host?: string }
    const masters = Map.groupBy(ranges, ([, , [host, port]]) => JSON.stringify({ host: host || asked, port }))
    return [...masters].map(([at, slots]) => ({
      at: JSON.parse(at) as Address,
      slots: slots.map(([from, to]) => [from, to] as const),
    }))
  }
  const clients = known().filter(({ isReady }) => isReady)
  const start = Math.floor(Math.random() * clients.length)
  for (const client of [...clients.slice(start), ...clients.slice(0, start)]) {
    const layout = await ask(client).catch(() => null)
    if (layout) return layout
  }
  const attempts = nodes.map((node) => askOnce(node, { connection, log }, ask))
  return Promise.any(attempts).catch(({ errors }: AggregateError) => {
    throw errors.find((error) => error instanceof ClusterDown) ?? errors[0]
  })
}

/** A cluster without a majority, or with slots that no master serves. A retry may succeed. */
class ClusterDown extends Error {
  readonly code = 'CLUSTERDOWN'
  override message = 'the cluster is down (cluster_state:fail)'
}

async function askOnce<T>(
  to: Address,
  { connection, log }: { connection: Connection; log: Log },
  ask: (client: RedisClient) => Promise<T>,
): Promise<T> {
  const opening = openClient(to, connection, { log, retry: false })
  try {
    return await withTimeout(
      LOOKUP_TIMEOUT_MS,
      opening.then((client) => ask(client)),
    )
  } finally {
    opening.then(
      (client) => client.destroy(),
      () => {},
    )
  }
}
