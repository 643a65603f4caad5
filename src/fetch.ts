import process from 'node:process'
import { setTimeout as sleep } from 'node:timers/promises'
import { createApp } from './app.ts'
import { acquireSingleProcessLock } from './database/advisory-lock.ts'
import { startJobs } from './jobs/start.ts'
import { readConfig } from './process/config.ts'
import { openDeps } from './process/deps.ts'
import { openLog } from './process/log.ts'
import { warnOfRisks } from './process/warnings.ts'

/**
 * The same app on any runtime that serves `export default { fetch }`, such as Deno. Live connections are event streams
 * there.
 *
 * @example
 * deno serve -A --port 3000 src/fetch.ts
 */
const config = readConfig(process.env)
const log = await openLog(config)
warnOfRisks(config, log)
const deps = await openDeps(config, log)
const release =
  deps.bus.kind === 'memory'
    ? await acquireSingleProcessLock(deps.orm, config, { log, onTaken: () => void stop(1) })
    : null
const jobs = startJobs(deps)
const { fetch: handle, hub } = createApp(deps)

/** Milliseconds for pending requests, running jobs and open transactions to finish. */
const DRAIN_MS = 8000

/** Milliseconds for the runtime to send what is left of the responses. */
const FLUSH_MS = 100

const pending = new Set<Promise<Response>>()
let isStopping = false
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void stop(0))

/** Finishes pending requests and running jobs, and ends the process. The runtime owns the port, so new requests get 503. */
async function stop(exitCode: number): Promise<void> {
  if (isStopping) return
  isStopping = true
  log.info('stopping')
  setTimeout(() => process.exit(1), DRAIN_MS)
  await Promise.allSettled([hub.close(), jobs.close(), ...pending])
  // Only the runtime knows when it has sent the last bytes.
  await sleep(FLUSH_MS)
  // The lock protects what is stored.
  await deps.textUsage.flush()
  await release?.().catch(() => {})
  await deps.close()
  process.exit(exitCode)
}

/** The second argument of `fetch` in Deno. */
type Info = { remoteAddr?: { hostname?: string } }

/** The client's address, where the runtime tells it: Deno beside the request, srvx in the request. */
function addressOf(request: Request & { ip?: string }, info?: Info): string {
  return info?.remoteAddr?.hostname ?? request.ip ?? 'unknown'
}

export default {
  fetch(request: Request, info?: Info): Response | Promise<Response> {
    if (isStopping) return new Response(null, { status: 503, headers: { 'retry-after': '1' } })
    const response = handle(request, { address: addressOf(request, info) })
    pending.add(response)
    const done = () => pending.delete(response)
    response.then(done, done)
    return response
  },
}
