import { closeSync, openSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A server of one's own on 127.0.0.1, with its data in a temporary folder. */
export type Server = {
  /**
   * Such as `mysql://user:password@127.0.0.1:port` (the user may create databases) or `redis://:password@127.0.0.1:port`.
   */
  url: string
  /** Of the process that runs now. */
  readonly pid: number
  /** Ends it as a crash would (SIGKILL). What it had acknowledged is still there after `restart`. */
  kill(): Promise<void>
  /** Resolves when the process that runs now has ended. */
  ended(): Promise<void>
  /** Starts it again (killing it first if it runs) with the same port and data; resolves when it answers. */
  restart(): Promise<void>
  /** Ends it for good and removes its folder. */
  stop(): Promise<void>
}

/** Starts a private MariaDB, or MySQL when that is what is installed; throws with its last log lines when it cannot. */
export async function startMariaDb(): Promise<Server> {
  const program = await tool('MariaDB or MySQL', ['mariadbd', 'mysqld'], ['mariadb-server'])
  return startServer(mariaDb(program))
}

/** Starts a private Redis, or Valkey when that is what is installed; throws with its last log lines when it cannot. */
export async function startRedis(): Promise<Server> {
  const program = await tool('Redis or Valkey', ['redis-server', 'valkey-server'], ['redis-server'])
  return startServer(redis(program))
}

/**
 * The servers a test run uses: those that TEST_DATABASE_URL and TEST_REDIS_URL name (never started or stopped from here,
 * but they must answer), else new ones, which `stop` ends.
 */
export async function testServers(): Promise<{
  databaseUrl: string
  redisUrl: string
  stop(): Promise<void>
}> {
  const started: Server[] = []
  const stop = async () => void (await Promise.all(started.map((server) => server.stop())))
  const url = async (variable: string, answers: Kind['answers'], startOne: () => Promise<Server>) => {
    const given = process.env[variable]
    if (!given) {
      const server = await startOne()
      started.push(server)
      return server.url
    }
    await answers(given).catch((error) => {
      throw new Error(`The server that ${variable} names does not answer: ${error.message}`)
    })
    return given
  }
  // One after the other where something has to be installed: apt has a lock. Starting takes a second, not worth a race.
  try {
    const databaseUrl = await url('TEST_DATABASE_URL', mariaDbAnswers, startMariaDb)
    const redisUrl = await url('TEST_REDIS_URL', redisAnswers, startRedis)
    return { databaseUrl, redisUrl, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** What a server of this kind takes to start. */
export type Kind = {
  name: string
  /** Makes what must be in the folder before the first start. */
  prepare(folder: string, port: number): Promise<void>
  command(folder: string, port: number): string[]
  /** Its environment, where that is not this process's own. */
  env?(folder: string, port: number): Record<string, string>
  url(port: number): string
  /** Throws while the server does not answer yet. */
  answers(url: string): Promise<boolean>
}

function mariaDb(program: string): Kind {
  // A root process must give up its rights; Debian's package makes this account, a tarball may not.
  const root = process.getuid?.() === 0
  const account = root && Bun.spawnSync(['id', '-u', 'mysql']).success ? 'mysql' : 'root'
  const password = crypto.randomUUID()
  const common = (folder: string) => [
    '--no-defaults',
    `--datadir=${folder}/data`,
    `--tmpdir=${folder}`,
    ...(root ? [`--user=${account}`] : []),
    // Small and quick: commits survive a SIGKILL of the server, but not a power cut, which no test has.
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
    ],
    url: (port) => `mysql://chatapp:${password}@127.0.0.1:${port}`,
    answers: mariaDbAnswers,
  }
}

function redis(program: string): Kind {
  const password = crypto.randomUUID()
  return {
    name: 'redis',
    async prepare() {},
    // The append-only file is what makes data outlive a SIGKILL.
    command: (folder, port) => [
      program,
      ...['--bind', '127.0.0.1', '--port', `${port}`, '--dir', folder],
      ...['--save', '', '--appendonly', 'yes', '--appendfsync', 'no', '--requirepass', password],
    ],
    url: (port) => `redis://:${password}@127.0.0.1:${port}`,
    answers: redisAnswers,
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

/** Starts it in a new folder on a free port; throws with its last log lines when it does not answer. */
export async function startServer(kind: Kind): Promise<Server> {
  const folder = await mkdtemp(join(tmpdir(), `chatapp-${kind.name}-`))
  const guard = guardOf(folder)
  const port = await freePort()
  const url = kind.url(port)
  let running: Bun.Subprocess | undefined

  async function launch() {
    const log = openSync(join(folder, 'log'), 'a')
    // Detached: Ctrl-C in a terminal is for the tests, not for the servers under them.
    // It takes a write beyond `ulimit -f` for an error, as a full disk is, and not for its end.
    const command = ['sh', '-c', `trap '' XFSZ; exec "$@"`, 'sh', ...kind.command(folder, port)]
    const env = kind.env?.(folder, port) ?? process.env
    const server = Bun.spawn(command, { stdio: ['ignore', log, log], env, detached: true })
    closeSync(log)
    running = server
    guard.watch(server)
    const deadline = Date.now() + 60_000
    while (Date.now() < deadline) {
      await Bun.sleep(20)
      const answered = await Promise.race([kind.answers(url).catch(() => false), server.exited])
      // Checked after the answer, which could be that of another server on the same port.
      if (server.exitCode !== null || server.signalCode !== null) break
      if (answered) return
    }
    const lines = lastLines(await Bun.file(join(folder, 'log')).text())
    const what =
      server.exitCode === null ? 'did not answer within 60 s' : `ended with code ${server.exitCode}`
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
 * A shell that waits for the end of its standard input, which comes when we let go of it or when this process dies, however
 * it dies. Then it kills the server and removes the folder: the one way of cleaning up, so each normal stop tries it.
 */
function guardOf(folder: string) {
  const script = `while read -r pid; do server=$pid; done
    [ -z "$server" ] || kill -9 "$server"
    for _ in 1 2 3 4 5 6 7 8 9 10; do rm -rf -- "$0" && exit; sleep 0.2; done`
  const stdio: ['pipe', 'ignore', 'ignore'] = ['pipe', 'ignore', 'ignore']
  const shell = Bun.spawn(['sh', '-c', script, folder], { stdio, detached: true })
  const tell = (pid: number | '') => {
    shell.stdin.write(`${pid}\n`)
    shell.stdin.flush()
  }
  return {
    watch(server: Bun.Subprocess) {
      tell(server.pid)
      // The system may give the number of a process that is gone to another one.
      server.exited.then(() => tell(''))
    },
    async release() {
      shell.stdin.end()
      await shell.exited
    },
  }
}

/**
 * A port below those that the system hands out for outgoing connections (32768 and up on Linux), because clients that keep
 * trying to connect while the server is killed could be given its port, and the server could not come back.
 */
export async function freePort(): Promise<number> {
  while (true) {
    const port = 15_000 + Math.floor(Math.random() * 17_000)
    const probe = createServer()
    const free = await new Promise<boolean>((resolve) => {
      probe.once('error', () => resolve(false))
      probe.listen({ port, host: '127.0.0.1', exclusive: true }, () => resolve(true))
    })
    await new Promise((resolve) => probe.close(resolve))
    if (free) return port
  }
}

/** Where one of the programs is; installs the Debian packages first when none is there and this may be done. */
export async function tool(what: string, programs: string[], packages: string[]): Promise<string> {
  const find = () => programs.map(which).find(Boolean)
  const found = find() ?? ((await installed(packages)) ? find() : undefined)
  if (found) return found
  const names = packages.join(' ')
  throw new Error(
    `${what} is missing: please install it (on Debian or Ubuntu: sudo apt-get install ${names}).`,
  )
}

let updated = false

/** Installs Debian packages when this is root on a system with apt; says whether they are there now. */
export async function installed(packages: string[]): Promise<boolean> {
  if (process.getuid?.() !== 0 || !which('apt-get')) return false
  console.log(`Installing ${packages.join(' ')} with apt ...`)
  // While policy-rc.d answers 101, no package starts its service (invoke-rc.d(8)).
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

/** Like Bun.which, and in the folders that Debian keeps from the PATH of those who are not root. */
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
