import { closeSync, openSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A private server on 127.0.0.1 with its data in a temporary folder. */
export type Server = {
  /** E.g. `mysql://user:password@127.0.0.1:port` (the user may create databases) or `redis://:password@127.0.0.1:port`. */
  url: string
  /** The current process ID. */
  readonly pid: number
  /** Kills the process (SIGKILL). Acknowledged data survives `restart`. */
  kill(): Promise<void>
  /** Resolves when the current process has exited. */
  ended(): Promise<void>
  /** Kills the process if it runs and starts it with the same port and data. Resolves when it responds. */
  restart(): Promise<void>
  /** Stops the server and removes its folder. */
  stop(): Promise<void>
}

type MariaDbOptions = {
  /** Further options of the server, asked for at each start. */
  options?: () => readonly string[]
  /** Of the account `chatapp`; random by default. */
  password?: string
}

/**
 * Starts a private MariaDB or, if installed instead, MySQL.
 * @throws Error with the last log lines
 */
export async function startMariaDb(given: MariaDbOptions = {}): Promise<Server> {
  const program = await tool('MariaDB or MySQL', ['mariadbd', 'mysqld'], ['mariadb-server'])
  return startServer(mariaDb(program, given))
}

/** Starts a private Redis or, if installed instead, Valkey. @throws Error with the last log lines */
export async function startRedis(): Promise<Server> {
  const program = await tool('Redis or Valkey', ['redis-server', 'valkey-server'], ['redis-server'])
  return startServer(redis(program))
}

/**
 * Returns the servers of a test run: those in TEST_DATABASE_URL and TEST_REDIS_URL, which must respond and are never stopped
 * here, or else new ones, which `stop` ends.
 */
export async function testServers(): Promise<{
  databaseUrl: string
  redisUrl: string
  stop(): Promise<void>
}> {
  const started: Server[] = []
  const stop = async () => void (await Promise.all(started.map((server) => server.stop())))
  const url = async (variable: string, responds: Kind['responds'], startNew: () => Promise<Server>) => {
    const given = process.env[variable]
    if (!given) {
      const server = await startNew()
      started.push(server)
      return server.url
    }
    await responds(given).catch((error) => {
      throw new Error(`The server in ${variable} does not respond: ${error.message}`)
    })
    return given
  }
  // Sequential, because installations hold apt's lock.
  try {
    const databaseUrl = await url('TEST_DATABASE_URL', mariaDbAnswers, () => startMariaDb())
    const redisUrl = await url('TEST_REDIS_URL', redisAnswers, startRedis)
    return { databaseUrl, redisUrl, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** Describes how to start one kind of server. */
export type Kind = {
  name: string
  /** Prepares the folder before the first start. */
  prepare(folder: string, port: number): Promise<void>
  command(folder: string, port: number): string[]
  /** Its environment; that of this process by default. */
  env?(folder: string, port: number): Record<string, string>
  url(port: number): string
  /** Rejects until the server is ready. */
  responds(url: string): Promise<boolean>
}

function mariaDb(
  program: string,
  { options = () => [], password = crypto.randomUUID() }: MariaDbOptions,
): Kind {
  // As root, the server must drop privileges. Debian's package creates this account; a tarball may not.
  const root = process.getuid?.() === 0
  const account = root && Bun.spawnSync(['id', '-u', 'mysql']).success ? 'mysql' : 'root'
  const common = (folder: string) => [
    '--no-defaults',
    `--datadir=${folder}/data`,
    `--tmpdir=${folder}`,
    ...(root ? [`--user=${account}`] : []),
    // Small and fast: commits survive SIGKILL but not a power failure, which no test simulates.
    '--innodb-flush-log-at-trx-commit=2',
    '--innodb-buffer-pool-size=64M',
    '--loose-innodb-log-file-size=16M',
    '--performance-schema=OFF',
    '--skip-log-bin',
  ]
  return {
    name: 'mariadb',
    async prepare(folder) {
      await Bun.write(
        `${folder}/init.sql`,
        `CREATE USER IF NOT EXISTS 'chatapp'@'127.0.0.1' IDENTIFIED BY '${password}';
         GRANT ALL ON *.* TO 'chatapp'@'127.0.0.1' WITH GRANT OPTION;`,
      )
      if (root) await run(['chown', '-R', account, folder])
      const isMariaDb = Bun.spawnSync([program, '--version']).stdout.toString().includes('MariaDB')
      const install = which('mariadb-install-db') ?? which('mysql_install_db') ?? 'mariadb-install-db'
      await run(
        isMariaDb
          ? [install, ...common(folder), '--auth-root-authentication-method=normal', '--skip-test-db']
          : [program, ...common(folder), '--initialize-insecure'],
      )
    },
    command: (folder, port) => [
      program,
      ...common(folder),
      '--bind-address=127.0.0.1',
      `--port=${port}`,
      `--socket=${folder}/socket`,
      `--pid-file=${folder}/pid`,
      `--init-file=${folder}/init.sql`,
      '--skip-name-resolve',
      '--character-set-server=utf8mb4',
      '--max-connections=300',
      '--loose-mysqlx=OFF',
      ...options(),
    ],
    url: (port) => `mysql://chatapp:${password}@127.0.0.1:${port}`,
    responds: mariaDbAnswers,
  }
}

function redis(program: string): Kind {
  const password = crypto.randomUUID()
  return {
    name: 'redis',
    async prepare() {},
    // With the append-only file, data survives SIGKILL.
    command: (folder, port) => [
      program,
      ...['--bind', '127.0.0.1', '--port', `${port}`, '--dir', folder],
      ...['--save', '', '--appendonly', 'yes', '--appendfsync', 'no', '--requirepass', password],
    ],
    url: (port) => `redis://:${password}@127.0.0.1:${port}`,
    responds: redisAnswers,
  }
}

async function mariaDbAnswers(url: string) {
  await using client = new Bun.SQL(url, { max: 1, connectionTimeout: 5 })
  await client`SELECT 1`
  return true
}

async function redisAnswers(url: string) {
  const client = new Bun.RedisClient(url, { autoReconnect: false, connectionTimeout: 5000 })
  try {
    await client.ping()
    return true
  } finally {
    client.close()
  }
}

/** Starts a server in a new folder on a free port. @throws Error with its last log lines if it does not respond */
export async function startServer(kind: Kind): Promise<Server> {
  const folder = await mkdtemp(join(tmpdir(), `chatapp-${kind.name}-`))
  const guard = guardOf(folder)
  const port = await freePort()
  const url = kind.url(port)
  let running: Bun.Subprocess | undefined

  async function launch() {
    const log = openSync(join(folder, 'log'), 'a')
    // Detached, so that Ctrl-C in a terminal reaches only the tests.
    // Ignoring XFSZ turns a write beyond `ulimit -f` into an error, like a full disk.
    const command = ['sh', '-c', `trap '' XFSZ; exec "$@"`, 'sh', ...kind.command(folder, port)]
    const env = kind.env?.(folder, port) ?? process.env
    const server = Bun.spawn(command, { stdio: ['ignore', log, log], env, detached: true })
    closeSync(log)
    running = server
    guard.watch(server)
    const deadline = Date.now() + 60_000
    while (Date.now() < deadline) {
      await Bun.sleep(20)
      const isReady = await Promise.race([kind.responds(url).catch(() => false), server.exited])
      // Checked afterwards, because another server on this port might have responded.
      if (server.exitCode !== null || server.signalCode !== null) break
      if (isReady) return
    }
    const lines = lastLines(await Bun.file(join(folder, 'log')).text())
    const what =
      server.exitCode === null ? 'did not respond within 60 s' : `ended with code ${server.exitCode}`
    throw new Error(`${kind.name} ${what} while starting; its last lines:\n${lines}`)
  }

  async function ended() {
    await running?.exited
  }

  async function kill() {
    running?.kill('SIGKILL')
    await ended()
  }

  async function restart() {
    await kill()
    await launch()
  }

  async function stop() {
    await guard.release()
    await ended()
  }

  try {
    await kind.prepare(folder, port)
    await launch()
  } catch (error) {
    await stop()
    throw error
  }
  return {
    url,
    get pid() {
      return running!.pid
    },
    kill,
    ended,
    restart,
    stop,
  }
}

/**
 * Starts a shell that waits until its standard input closes, on release or when this process exits for any reason. It then
 * kills the server and removes the folder. Normal stops use it too, so it is always tested.
 */
function guardOf(folder: string) {
  const script = `while read -r pid; do server=$pid; done
    [ -z "$server" ] || kill -9 "$server"
    for _ in 1 2 3 4 5 6 7 8 9 10; do rm -rf -- "$0" && exit; sleep 0.2; done`
  const stdio: ['pipe', 'ignore', 'ignore'] = ['pipe', 'ignore', 'ignore']
  const shell = Bun.spawn(['sh', '-c', script, folder], { stdio, detached: true })
  const sendPid = (pid: number | '') => {
    shell.stdin.write(`${pid}\n`)
    shell.stdin.flush()
  }
  return {
    watch(server: Bun.Subprocess) {
      sendPid(server.pid)
      // The system may reuse the ID of an exited process.
      server.exited.then(() => sendPid(''))
    },
    async release() {
      shell.stdin.end()
      await shell.exited
    },
  }
}

/** Below the ephemeral range (32768 and up on Linux): a reconnecting client could be assigned the port of a server that is down. */
const PORTS = { first: 15_000, count: 17_000 }

/** Each process begins elsewhere, so that two do not choose the same port before they listen on it. */
let nextPort = (process.pid * 64) % PORTS.count

/** Returns a free port that this process has not returned before. */
export async function freePort(): Promise<number> {
  while (true) {
    const port = PORTS.first + (nextPort++ % PORTS.count)
    const probe = createServer()
    const free = await new Promise<boolean>((resolve) => {
      probe.once('error', () => resolve(false))
      probe.listen({ port, host: '127.0.0.1', exclusive: true }, () => resolve(true))
    })
    await new Promise((resolve) => probe.close(resolve))
    if (free) return port
  }
}

/** Returns the path of the first available program. Installs the Debian packages if there is none and it can. */
export async function tool(what: string, programs: string[], packages: string[]): Promise<string> {
  const find = () => programs.map(which).find(Boolean)
  const found = find() ?? ((await installed(packages)) ? find() : undefined)
  if (found) return found
  const names = packages.join(' ')
  throw new Error(`${what} is missing. Install it (on Debian or Ubuntu: sudo apt-get install ${names}).`)
}

let updated = false

/** Installs Debian packages if this is root on a system with apt. Returns whether it succeeded. */
export async function installed(packages: string[]): Promise<boolean> {
  if (process.getuid?.() !== 0 || !which('apt-get')) return false
  console.log(`Installing ${packages.join(' ')} with apt ...`)
  // With policy-rc.d returning 101, no package starts its service (invoke-rc.d(8)).
  const script = `set -eu
    policy=/usr/sbin/policy-rc.d
    if ! [ -e $policy ]; then
      trap 'rm -f $policy' EXIT
      trap 'exit 130' HUP INT TERM
      printf '#!/bin/sh\\nexit 101\\n' > $policy
      chmod +x $policy
    fi
    [ "$0" = updated ] || apt-get -qq -o DPkg::Lock::Timeout=300 update || true
    apt-get -qq -o DPkg::Lock::Timeout=300 install --yes --no-install-recommends "$@" > /dev/null`
  const command = ['sh', '-c', script, updated ? 'updated' : 'first', ...packages]
  updated = true
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  return (await Bun.spawn(command, { env, stdio: ['ignore', 'inherit', 'inherit'] }).exited) === 0
}

/** Like Bun.which, but also searches the folders that Debian omits from the PATH of other users than root. */
function which(program: string): string | undefined {
  return Bun.which(program, { PATH: `${process.env.PATH}:/usr/local/sbin:/usr/sbin:/sbin` }) ?? undefined
}

async function run(command: string[]) {
  const child = Bun.spawn(command, { stdio: ['ignore', 'pipe', 'pipe'] })
  const [out, error, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ])
  if (code !== 0)
    throw new Error(`${command[0]} ended with code ${code}; its last lines:\n${lastLines(out + error)}`)
}

function lastLines(text: string) {
  return text.trimEnd().split('\n').slice(-10).join('\n')
}
