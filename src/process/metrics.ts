import { timingSafeEqual } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import manifest from '../../package.json' with { type: 'json' }
import { sha256 } from '../database/hash.ts'
import type { JobCount } from '../jobs/counts.ts'
import type { Config } from './config.ts'
import { listenError } from './startup.ts'
import { subscribeTo } from './telemetry.ts'

/** Buckets in seconds, up to the time after which clients give up. */
const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
const MESSAGES = [1, 2, 4, 8, 16, 32, 64, 128, 256]

/** Values that are read at each scrape. */
export type Gauges = {
  connections(): Record<string, number>
  jobs(): Promise<JobCount[]>
}

export type Metrics = { registry: Registry; close(): void }

/** Metrics of this process, for Prometheus. Each app has its own registry, because several may run in one process. */
export function openMetrics(gauges: Gauges): Metrics {
  const registry = new Registry()
  const registers = [registry]
  collectDefaultMetrics({ register: registry })
  const counter = <Label extends string>(name: string, help: string, labelNames: Label[] = []) =>
    new Counter({ name: `chatapp_${name}`, help, labelNames, registers })
  const histogram = <Label extends string>(
    name: string,
    help: string,
    { labelNames = [], buckets = SECONDS }: { labelNames?: Label[]; buckets?: number[] } = {},
  ) => new Histogram({ name: `chatapp_${name}`, help, labelNames, buckets, registers })

  new Gauge({ name: 'chatapp_build_info', help: 'Always 1.', labelNames: ['version'], registers }).set(
    { version: manifest.version },
    1,
  )
  new Gauge({
    name: 'chatapp_live_connections',
    help: 'Open live connections.',
    labelNames: ['transport'],
    registers,
    collect() {
      for (const [transport, count] of Object.entries(gauges.connections())) this.set({ transport }, count)
    },
  })
  let counting: ReturnType<Gauges['jobs']> | undefined
  /** One count for all gauges of a scrape. The other metrics are useful even when the database is unavailable. */
  const countOnce = () => {
    counting ??= gauges
      .jobs()
      .catch(() => [])
      .finally(() => {
        counting = undefined
      })
    return counting
  }
  new Gauge({
    name: 'chatapp_jobs',
    help: 'Background jobs in the database that all processes share.',
    labelNames: ['kind', 'state'],
    registers,
    async collect() {
      this.reset()
      for (const { kind, waiting, failed } of await countOnce()) {
        this.set({ kind, state: 'waiting' }, waiting)
        this.set({ kind, state: 'failed' }, failed)
      }
    },
  })
  new Gauge({
    name: 'chatapp_jobs_oldest_waiting_seconds',
    help: 'Time since the oldest waiting job of a kind was due; 0 or absent when none is waiting.',
    labelNames: ['kind'],
    registers,
    async collect() {
      this.reset()
      for (const { kind, oldest } of await countOnce()) {
        const age = oldest === null ? 0 : (Date.now() - Date.parse(oldest)) / 1000
        this.set({ kind }, Math.max(0, age))
      }
    },
  })
  const inProgress = new Gauge({
    name: 'chatapp_http_requests_in_progress',
    help: 'Requests without a response yet, including those that wait for a commit.',
    registers,
  })
  const requests = counter('http_requests_total', 'Completed requests, by route pattern.', [
    'method',
    'route',
    'status',
  ])
  const durations = histogram('http_request_duration_seconds', 'Time until the response begins.', {
    labelNames: ['method', 'route'],
  })
  const catchUps = counter('catch_ups_total', 'Requests for the changes since a version.')
  const sends = counter('sends_total', 'Attempts to send a message.', ['outcome'])
  for (const outcome of ['created', 'repeated', 'conflict', 'refused', 'failed']) sends.inc({ outcome }, 0)
  const signIns = counter('sign_ins_total', 'Attempts to sign in.', ['outcome'])
  for (const outcome of ['ok', 'wrong', 'limited']) signIns.inc({ outcome }, 0)
  const fallbacks = counter(
    'rate_limit_fallbacks_total',
    'Attempts counted in memory by this process alone, because Redis was unavailable.',
  )
  const commits = histogram('commit_duration_seconds', 'Duration of a transaction that stores messages.')
  const batches = histogram('commit_messages', 'Messages in one transaction.', { buckets: MESSAGES })
  const busLag = histogram('bus_lag_seconds', 'Time from the publication of an event to its arrival.')
  const gaps = counter('bus_gaps_total', 'Times when the bus may have lost events.')
  const delivered = counter('events_delivered_total', 'Events delivered to live connections.')
  const slow = counter('slow_readers_closed_total', 'Live connections closed because they read too slowly.')

  const subscriptions = [
    subscribeTo('chatapp:request-begun', () => inProgress.inc()),
    subscribeTo('chatapp:request', ({ method, route, status, ms }) => {
      inProgress.dec()
      const labels = { method, route: route ?? 'none' }
      requests.inc({ ...labels, status })
      durations.observe(labels, ms / 1000)
      if (route?.endsWith('/changes') && status === 200) catchUps.inc()
    }),
    subscribeTo('chatapp:send', ({ outcome }) => sends.inc({ outcome })),
    subscribeTo('chatapp:sign-in', ({ outcome }) => signIns.inc({ outcome })),
    subscribeTo('chatapp:limit-fallback', () => fallbacks.inc()),
    subscribeTo('chatapp:commit', ({ messages, ms }) => {
      commits.observe(ms / 1000)
      batches.observe(messages)
    }),
    subscribeTo('chatapp:bus-lag', ({ ms }) => busLag.observe(ms / 1000)),
    subscribeTo('chatapp:live', (event) => {
      if (event.type === 'gap') gaps.inc()
      else if (event.type === 'delivered') delivered.inc(event.connections)
      else slow.inc()
    }),
  ]
  return {
    registry,
    close() {
      for (const unsubscribe of subscriptions) unsubscribe()
    },
  }
}

/**
 * Serves `/metrics` on a separate port for each process, because a scrape returns the metrics of one process, while several
 * may share the public port.
 * @throws StartError
 */
export async function serveMetrics(
  { host, metricsPort, metricsToken }: Pick<Config, 'host' | 'metricsPort' | 'metricsToken'>,
  gauges: Gauges,
): Promise<{ port: number; close(): void }> {
  const metrics = openMetrics(gauges)
  const server = createServer(async ({ url, method, headers }, response) => {
    if (url !== '/metrics' || (method !== 'GET' && method !== 'HEAD')) return response.writeHead(404).end()
    if (metricsToken && !isEqual(headers.authorization ?? '', `Bearer ${metricsToken}`)) {
      return response.writeHead(401, { 'www-authenticate': 'Bearer' }).end()
    }
    const text = await metrics.registry.metrics()
    response.writeHead(200, { 'content-type': metrics.registry.contentType }).end(text)
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(metricsPort ?? 0, host, resolve)
  }).catch(async (error) => {
    throw await listenError(error, { host, port: metricsPort ?? 0, variable: 'METRICS_PORT' })
  })
  return {
    port: (server.address() as AddressInfo).port,
    close() {
      metrics.close()
      server.close()
    },
  }
}

/** Compares in constant time, also for different lengths. */
function isEqual(given: string, expected: string): boolean {
  return timingSafeEqual(Buffer.from(sha256(given)), Buffer.from(sha256(expected)))
}
