import process from 'node:process'
import { createApp } from './app.ts'
import { acquireSingleProcessLock } from './database/advisory-lock.ts'
import { startJobs } from './jobs/start.ts'
import { readConfig } from './process/config.ts'
import { openDeps } from './process/deps.ts'
import { openLog } from './process/log.ts'

/**
 * The same app on any runtime that serves `export default { fetch }`, such as Deno. Live connections are event streams
 * there.
 *
 * @example
 * deno serve -A --port 3000 src/fetch.ts
 */
const config = readConfig(process.env)
const log = await openLog(config)
const deps = await openDeps(config, log)
if (deps.bus.kind === 'memory') await acquireSingleProcessLock(deps.orm, config, { log, onTaken: stop })
const jobs = startJobs(deps)
const { fetch: handle, hub } = createApp(deps)

/** Milliseconds for running jobs and open transactions to finish. */
const DRAIN_MS = 8000

let isStopping = false

/**
 * Ends the process, because another one now uses the database. The runtime owns the port, so new requests are refused rather
 * than not accepted.
 */
async function stop(): Promise<void> {
  isStopping = true
  log.info('stopping')
  setTimeout(() => process.exit(1), DRAIN_MS)
  await Promise.all([hub.close(), jobs.close()])
  await deps.close()
  process.exit(1)
}

/** Deno's second argument of `fetch`; other runtimes may pass less. */
type Info = { remoteAddr?: { hostname?: string } }

export default {
  fetch(request: Request, info?: Info): Response | Promise<Response> {
    if (isStopping) return new Response(null, { status: 503 })
    return handle(request, { address: info?.remoteAddr?.hostname ?? 'unknown' })
  },
}
