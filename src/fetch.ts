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
if (deps.bus.kind === 'memory') {
  await acquireSingleProcessLock(deps.orm, config, { log, onTaken: () => process.exit(1) })
}
startJobs(deps)
const { fetch: handle } = createApp(deps)

/** Deno's second argument of `fetch`; other runtimes may pass less. */
type Info = { remoteAddr?: { hostname?: string } }

export default {
  fetch(request: Request, info?: Info): Response | Promise<Response> {
    return handle(request, { address: info?.remoteAddr?.hostname ?? 'unknown' })
  },
}
