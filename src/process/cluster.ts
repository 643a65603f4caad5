import { setTimeout } from 'node:timers/promises'
import type { Logger } from 'pino'
import { StartError } from '../http/errors.ts'
import type { Config } from './config.ts'
import { openDeps } from './deps.ts'
import { openPort, publicOrigin } from './startup.ts'

/** Milliseconds before a child is restarted, doubled after each exit; reset when a child ran for `lasted`. */
const BACK_OFF = { least: 250, most: 30_000, lasted: 60_000 }

/**
 * Starts `PROCESSES` child processes that share one port; the kernel distributes the connections. A child that exits is
 * restarted. SIGTERM and SIGINT are passed on to the children; this process exits after them.
 * @throws StartError
 */
export async function runCluster(config: Config, log: Logger): Promise<void> {
  // Other kernels give all connections to one process.
  if (process.platform !== 'linux') throw new StartError('PROCESSES above 1 needs Linux. Set it to 1.')
  const port = await freePort(config)
  // Reports errors once, and migrates before the children start.
  await (await openDeps(config, log)).close()

  const children = new Set<Bun.Subprocess>()
  const backOff = new AbortController()
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
    backOff.abort()
    for (const child of children) child.kill('SIGTERM')
  }

  /** Restarts one child until the cluster stops. */
  async function keep(index: number, ready: PromiseWithResolvers<void>): Promise<void> {
    let wasReady = false
    let wait = BACK_OFF.least
    while (!stopping) {
      const startedAt = performance.now()
      const child = Bun.spawn([process.execPath, Bun.main], {
        env: {
          ...process.env,
          PORT: `${port}`,
          // One port each: behind a shared port, a scrape would reach any child.
          ...(config.metricsPort && { METRICS_PORT: `${config.metricsPort + index}` }),
        },
        stdio: ['ignore', 'inherit', 'inherit'],
        ipc() {
          if (wasReady) log.info({ pid: child.pid }, 'a process was restarted')
          wasReady = true
          ready.resolve()
        },
      })
      children.add(child)
      await child.exited
      children.delete(child)
      if (stopping) return
      if (!wasReady) {
        // The child has logged why. A failure at startup affects all children.
        for (const other of children) other.kill('SIGTERM')
        process.exit(1)
      }
      log.error({ pid: child.pid, code: child.exitCode, signal: child.signalCode }, 'a process exited')
      if (performance.now() - startedAt > BACK_OFF.lasted) wait = BACK_OFF.least
      await setTimeout(wait, undefined, { signal: backOff.signal }).catch(() => {})
      wait = Math.min(wait * 2, BACK_OFF.most)
    }
  }
}

/** Finds the port to share. It must be free; with `PORT=0` the system chooses one for all children. */
async function freePort(config: Config): Promise<number> {
  const probe = await openPort(config, () =>
    Bun.serve({ hostname: config.host, port: config.port, reusePort: false, fetch: () => new Response() }),
  )
  const { port } = probe
  await probe.stop(true)
  return port!
}
