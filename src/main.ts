import http from 'node:http'
import { paths } from '../web/paths.ts'
import { createApp } from './app.ts'
import { acquireSingleProcessLock } from './database/advisory-lock.ts'
import { withAbsoluteUrl } from './http/client-address.ts'
import { PARSER_HEAD_BYTES } from './http/request-head.ts'
import { countJobs } from './jobs/counts.ts'
import { startJobs } from './jobs/start.ts'
import { type SocketData, websocketHandler } from './live/websocket.ts'
import { readConfig } from './process/config.ts'
import { openDeps } from './process/deps.ts'
import { openLog } from './process/log.ts'
import { openPort, publicOrigin, runCli } from './process/startup.ts'
import { warnOfRisks } from './process/warnings.ts'

/** Seconds for pending requests to finish after a stop signal. */
const DRAIN_S = 8

Object.assign(http, { maxHeaderSize: PARSER_HEAD_BYTES })
await runCli(main)

async function main(): Promise<void> {
  const config = readConfig(process.env)
  const log = await openLog(config)
  // Only a child process of the supervisor has `process.send`.
  const isChild = config.processes > 1 && Boolean(process.send)
  if (!isChild) warnOfRisks(config, log)
  if (config.processes > 1 && !isChild) {
    // Imported on demand: a single process does not need it.
    const { runCluster } = await import('./process/cluster.ts')
    return runCluster(config, log)
  }
  const deps = await openDeps(config, log)
  const app = createApp(deps)
  const locked = Promise.withResolvers<void>()
  const server = await listen()
  let stopping = false
  const release =
    deps.bus.kind === 'memory'
      ? await acquireSingleProcessLock(deps.orm, config, { log, onTaken: () => stop(1) })
      : null
  locked.resolve()
  const jobs = startJobs(deps)
  log.info({ database: config.databaseUrl ? 'MySQL' : 'SQLite', bus: deps.bus.kind }, 'ready')
  if (config.metricsPort !== null) {
    // Imported on demand.
    const { serveMetrics } = await import('./process/metrics.ts')
    const { port } = await serveMetrics(config, {
      connections: () => app.hub.connections(),
      jobs: () => countJobs(deps),
    })
    log.info({ port }, 'metrics')
  }
  if (process.send) process.send('ready')
  else console.log(`ChatApp: ${publicOrigin(config, server.port)}`)
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => stop(0))
  // The supervisor is gone.
  process.once('disconnect', () => stop(0))

  function listen() {
    return openPort(config, () =>
      Bun.serve<SocketData>({
        hostname: config.host,
        port: config.port,
        // Otherwise a second process on the same port must fail.
        reusePort: config.processes > 1,
        // The routes limit their bodies themselves, with a response that explains it.
        maxRequestBodySize: Number.MAX_SAFE_INTEGER,
        websocket: websocketHandler(app.hub),
        // In development mode, Bun's error page shows source code, and its log the path.
        development: false,
        error(err) {
          log.error({ err }, 'request failed')
          return new Response(null, { status: 500 })
        },
        async fetch(received, server) {
          const request = withAbsoluteUrl(received, config)
          if (!request) return new Response(null, { status: 400 })
          // Event streams are silent for longer than the default timeout.
          const path = new URL(request.url).pathname
          if (path.startsWith(paths.api.events)) server.timeout(received, 0)
          // Alive, but not ready, while another process uses the data folder.
          if (path !== paths.live) await locked.promise
          return app.fetch(request, {
            address: server.requestIP(received)?.address ?? 'unknown',
            upgrade: (session) => server.upgrade(received, { data: { session } }),
          })
        },
      }),
    )
  }

  /** Stops listening, finishes pending requests and running jobs, and closes the live connections. */
  async function stop(exitCode: number): Promise<void> {
    // A terminal signals the supervisor and its processes; then the supervisor signals them again.
    if (stopping) return
    stopping = true
    log.info('stopping')
    setTimeout(() => process.exit(1), DRAIN_S * 1000).unref()
    // Jobs that pending requests store are left to other processes or the next start.
    await Promise.all([server.stop(), app.hub.close(), jobs.close()])
    // The lock protects what is stored.
    await deps.textUsage.flush()
    await release?.().catch(() => {})
    await deps.close()
    process.exit(exitCode)
  }
}
