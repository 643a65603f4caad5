import { setTimeout } from 'node:timers/promises'
import type { Logger } from 'pino'
import { StartError } from '../http/errors.ts'
import type { Config } from './config.ts'
import { openDeps } from './deps.ts'
import { openPort, publicOrigin } from './startup.ts'

/** Milliseconds before a process that ended is started again, doubled each time; it starts over for one that lasted. */
const BACK_OFF = { least: 250, most: 30_000, lasted: 60_000 }

/**
 * Serves with as many processes as `PROCESSES` says, which share one port; the system deals the connections out. One that
 * ends is started again. Told to stop, it tells them, and ends when they have.
 * @throws StartError
 */
export async function runCluster(config: Config, log: Logger): Promise<void> {
  // Elsewhere the system lets one of them have all the connections.
  if (process.platform !== 'linux') throw new StartError('PROCESSES above 1 needs Linux. Set it to 1.')
  const port = await freePort(config)
  // What is wrong is said once, and the tables are there when they start.
  await (await openDeps(config, log)).close()

  const children = new Set<Bun.Subprocess>()
  const patience = new AbortController()
  let stopping = false
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, stop)

  const slots = Array.from({ length: config.processes }, (_, index) => {
    const ready = Promise.withResolvers<void>()
    return { ready: ready.promise, ended: keep(index, ready) }
  })
  const ended = Promise.all(slots.map(({ ended }) => ended))
  await Promise.race([Promise.all(slots.map(({ ready }) => ready)), ended])
  if (!stopping) console.log(`ChatApp: ${publicOrigin(config, port)}`)
  await ended
  process.exit(0)

  function stop(): void {
    stopping = true
    patience.abort()
    for (const child of children) child.kill('SIGTERM')
  }

  /** Keeps one process running until all are told to stop. */
  async function keep(index: number, ready: PromiseWithResolvers<void>): Promise<void> {
    let wasReady = false
    let wait = BACK_OFF.least
    while (!stopping) {
      const startedAt = performance.now()
      const child = Bun.spawn([process.execPath, Bun.main], {
        env: {
          ...process.env,
          PORT: `${port}`,
          // One each: behind one port, a reading would be of any of them.
          ...(config.metricsPort && { METRICS_PORT: `${config.metricsPort + index}` }),
        },
        stdio: ['ignore', 'inherit', 'inherit'],
        ipc() {
          if (wasReady) log.info({ pid: child.pid }, 'a process is there again')
          wasReady = true
          ready.resolve()
        },
      })
      children.add(child)
      await child.exited
      children.delete(child)
      if (stopping) return
      if (!wasReady) {
        // It has said why. What fails at the start fails for all of them.
        for (const other of children) other.kill('SIGTERM')
        process.exit(1)
      }
      log.error({ pid: child.pid, code: child.exitCode, signal: child.signalCode }, 'a process has ended')
      if (performance.now() - startedAt > BACK_OFF.lasted) wait = BACK_OFF.least
      await setTimeout(wait, undefined, { signal: patience.signal }).catch(() => {})
      wait = Math.min(wait * 2, BACK_OFF.most)
    }
  }
}

/** The port to share: nobody else may have it, and with `PORT=0` the system chooses it once for all. */
async function freePort(config: Config): Promise<number> {
  const probe = openPort(config, () =>
    Bun.serve({ hostname: config.host, port: config.port, reusePort: false, fetch: () => new Response() }),
  )
  const { port } = probe
  await probe.stop(true)
  return port!
}
