import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '../scripts/servers.ts'
import { serverFile } from '../test/support/process.ts'

const root = join(import.meta.dirname, '..')

/** One process of the app, started as by an operator. */
export type AppServer = {
  url: string
  /** The folder of the embedded database. */
  dataDir: string
  /** Returns its output since the first start. */
  log(): string
  /** Kills it (SIGKILL). */
  kill(): Promise<void>
  /** Restarts it with the same port and data. */
  start(): Promise<void>
}

/** Starts the app on a free port of `HOST` (default 127.0.0.1) and waits until it prints its URL. */
export async function startServer(
  settings: Record<string, string> & { DATA_DIR: string },
): Promise<AppServer> {
  const port = await freePort()
  const { HOST = '127.0.0.1' } = settings
  const url = `http://${HOST}:${port}`
  const env = {
    ...process.env,
    HOST,
    PORT: `${port}`,
    ORIGIN: url,
    RATE_LIMITS: 'off',
    ...settings,
  }
  let child: ChildProcess | undefined
  let log = ''

  async function start() {
    const began = log.length
    const server = spawn(process.execPath, [serverFile], {
      cwd: root,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    child = server
    const ended = once(server, 'exit')
    await new Promise<void>((resolve, reject) => {
      const append = (chunk: Buffer) => {
        log += chunk
        if (log.slice(began).includes(`ChatApp: ${url}`)) resolve()
      }
      server.stdout?.on('data', append)
      server.stderr?.on('data', append)
      ended.then(
        ([code]) => reject(new Error(`The app ended with code ${code} while starting:\n${log.slice(began)}`)),
        reject,
      )
    })
  }

  async function kill() {
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    const ended = once(child, 'exit')
    child.kill('SIGKILL')
    await ended
  }

  await start()
  return { url, dataDir: settings.DATA_DIR, log: () => log, kill, start }
}

/** Calls `use` with a temporary folder and removes it afterwards. */
export async function withFolder(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'chatapp-e2e-'))
  try {
    await use(folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
