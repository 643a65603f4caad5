import { afterEach, describe, expect, test } from 'bun:test'
import { chmod, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Server, startMariaDb, startRedis, testServers, tool } from './servers.ts'

const started: Server[] = []
afterEach(() => Promise.all(started.splice(0).map((server) => server.stop())))

const kinds = [
  {
    name: 'MariaDB',
    start: startMariaDb,
    async write(url: string) {
      await using client = new Bun.SQL(url, { max: 1 })
      await client`CREATE DATABASE kept CHARACTER SET utf8mb4`
      await client`CREATE TABLE kept.words (word TEXT)`
      await client`INSERT INTO kept.words VALUES ('grüezi 👋')`
    },
    async read(url: string) {
      await using client = new Bun.SQL(url, { max: 1 })
      const [row] = await client`SELECT word FROM kept.words`
      return row.word
    },
  },
  {
    name: 'Redis',
    start: startRedis,
    async write(url: string) {
      const client = new Bun.RedisClient(url)
      await client.set('word', 'grüezi 👋')
      client.close()
    },
    async read(url: string) {
      const client = new Bun.RedisClient(url, { autoReconnect: false })
      return client.get('word').finally(() => client.close())
    },
  },
]

describe.each(kinds)('a private $name', ({ start, write, read }) => {
  test('keeps its data and port after a kill and restart', async () => {
    const server = await start()
    started.push(server)
    await write(server.url)
    await server.kill()
    expect(await failure(read(server.url))).toMatch(/connect/i)
    await server.restart()
    expect(await read(server.url)).toBe('grüezi 👋')
  }, 180_000)

  test('reports that its port is in use at restart', async () => {
    const server = await start()
    started.push(server)
    await server.kill()
    using _squatter = Bun.listen({ hostname: '127.0.0.1', port: portOf(server), socket: { data() {} } })
    expect(await failure(server.restart())).toMatch(
      /ended with code 1 while starting.*address already in use/is,
    )
  }, 180_000)

  const endings = {
    'it is stopped': 'await server.stop()',
    'its parent process throws': 'throw new Error("thrown on purpose")',
    'its parent process is killed': 'process.kill(process.pid, "SIGKILL")',
  }
  test.each(Object.entries(endings))(
    'leaves no folder and no process behind when %s',
    async (_, ending) => {
      const folder = await mkdtemp(join(tmpdir(), 'chatapp-test-'))
      await chmod(folder, 0o755) // The database account needs access.
      try {
        const script = `import { ${start.name} } from '${import.meta.dir}/servers.ts'
        const server = await ${start.name}()
        console.log(server.url)
        ${ending}`
        const env = { ...process.env, TMPDIR: folder }
        const child = Bun.spawn([process.execPath, '-e', script], {
          env,
          stdio: ['ignore', 'pipe', 'ignore'],
        })
        const url = (await new Response(child.stdout).text()).trim()
        expect(url).toContain('127.0.0.1')
        for (let wait = 0; wait < 100 && (await readdir(folder)).length > 0; wait++) await Bun.sleep(50)
        expect(await readdir(folder)).toEqual([])
        expect(await failure(read(url))).toMatch(/connect/i)
      } finally {
        await rm(folder, { recursive: true })
      }
    },
    60_000,
  )
})

describe('test servers', () => {
  const { PATH, TEST_DATABASE_URL, TEST_REDIS_URL } = process.env
  afterEach(() => void Object.assign(process.env, { PATH, TEST_DATABASE_URL, TEST_REDIS_URL }))

  test('are taken from the environment and left running', async () => {
    const servers = await testServers()
    expect(servers).toMatchObject({ databaseUrl: TEST_DATABASE_URL!, redisUrl: TEST_REDIS_URL! })
    await servers.stop()
    expect(await failure(testServers())).toBe('')
  })

  test('fail with the name of the variable if they do not respond', async () => {
    process.env.TEST_REDIS_URL = 'redis://127.0.0.1:1'
    expect(await failure(testServers())).toStartWith('The server in TEST_REDIS_URL does not respond')
    process.env.TEST_DATABASE_URL = 'mysql://nobody@127.0.0.1:1/'
    expect(await failure(testServers())).toStartWith('The server in TEST_DATABASE_URL does not respond')
  })

  test('fail with installation instructions if they are missing', async () => {
    process.env.PATH = '/nowhere'
    expect(await failure(tool('Redis or Valkey', ['no-such-server'], ['redis-server']))).toBe(
      'Redis or Valkey is missing. Install it (on Debian or Ubuntu: sudo apt-get install redis-server).',
    )
  })
})

const portOf = (server: Server) => Number(new URL(server.url).port)

const failure = (attempt: Promise<unknown>): Promise<string> =>
  attempt.then(
    () => '',
    (error) => error.message,
  )
