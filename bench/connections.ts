import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sha256 } from '../src/database/hash.ts'
import { type StoredTables, toStoredTime } from '../src/database/tables.ts'
import { MAX_CONNECTIONS_PER_USER } from '../src/live/hub.ts'
import { openChat, sqlite } from '../test/support/chat.ts'
import { addCrowd, inChunks } from '../test/support/crowd.ts'
import { run, serverFile } from '../test/support/process.ts'
import { paths } from '../web/paths.ts'

type Transport = 'websocket' | 'sse'

const UPGRADE = [
  'Connection: Upgrade',
  'Upgrade: websocket',
  'Sec-WebSocket-Version: 13',
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
]

/**
 * Opens `count` idle connections to a new server. Linux only; `ulimit -n` must allow that many in both processes.
 * @returns bytes of memory per connection
 */
export async function idleConnections({
  count,
  transport,
  quick,
}: {
  count: number
  transport: Transport
  quick: boolean
}): Promise<{ bytes: number }> {
  const users = Math.ceil(count / MAX_CONNECTIONS_PER_USER)
  const DATA_DIR = mkdtempSync(join(tmpdir(), 'chatapp-bench-'))
  const warmUp = quick ? 100 : 1_000
  const early = Math.ceil(warmUp / MAX_CONNECTIONS_PER_USER)
  const tokens = await signIn(DATA_DIR, users + early)
  const app = run(serverFile, { HOME: process.env.HOME ?? '', DATA_DIR, PORT: '0', LOG_LEVEL: 'error' })
  try {
    const origin = (await app.line('ChatApp: ')).replace('ChatApp: ', '')
    // Warms up the compiler and the heap.
    const warm = await openConnections(origin, transport, { count: warmUp, tokens: tokens.slice(users) })
    for (const socket of warm) socket.end()
    const before = await settled(app.pid, quick ? 1 : 5)
    const open = await openConnections(origin, transport, { count, tokens: tokens.slice(0, users) })
    const after = await settled(app.pid, quick ? 1 : 5)
    for (const socket of open) socket.end()
    return { bytes: (after - before) / count }
  } finally {
    await app.stop()
    rmSync(DATA_DIR, { recursive: true })
  }
}

/** Opens connections, fifty at a time, and waits for the `ready` event of each. */
async function openConnections(
  origin: string,
  transport: Transport,
  { count, tokens }: { count: number; tokens: string[] },
): Promise<{ end(): void }[]> {
  const { hostname, port } = new URL(origin)
  const sockets: { end(): void }[] = []
  let started = 0
  const openSome = async () => {
    while (started < count) {
      const authorization = `Authorization: Bearer ${tokens[started++ % tokens.length]}`
      const upgrade = transport === 'websocket' ? UPGRADE : []
      const head = [`GET ${paths.api.events} HTTP/1.1`, 'Host: localhost', authorization, ...upgrade]
      const ready = Promise.withResolvers<void>()
      let received = ''
      const socket = await Bun.connect({
        hostname,
        port: Number(port),
        socket: {
          data(_, bytes) {
            if (received.length < 4096) received += bytes
            if (received.includes('"ready"')) ready.resolve()
          },
          close: () => ready.reject(new Error(`closed after: ${received}`)),
        },
      })
      socket.write(`${head.join('\r\n')}\r\n\r\n`)
      await ready.promise
      sockets.push(socket)
    }
  }
  await Promise.all(Array.from({ length: 50 }, openSome))
  return sockets
}

/** Returns the resident set size in bytes once it has not shrunk for `seconds`, so after garbage collection. */
async function settled(pid: number, seconds: number): Promise<number> {
  const size = () => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024
  let least = size()
  for (let quiet = 0; quiet < seconds * 2; quiet++) {
    await Bun.sleep(500)
    if (size() < least - 256 * 1024) quiet = 0
    least = size()
  }
  return least
}

/** Inserts users with one session each into the database in `DATA_DIR`. Returns their tokens. */
async function signIn(DATA_DIR: string, count: number): Promise<string[]> {
  const chat = await openChat(sqlite, { env: { DATA_DIR } })
  const { orm, tokens } = chat.deps
  const people = Array.from({ length: count }, (_, n) => ({ username: `user${n}` }))
  const keys = (await addCrowd(chat.deps, people)).map((user) => ({ user, key: `key of ${user}` }))
  const expiresAt = new Date(Math.ceil(Date.now() / 1000) * 1000 + 24 * 60 * 60 * 1000)
  const now = toStoredTime(orm, Date.now())
  const sessions = keys.map(({ user, key }) => ({
    user_id: user,
    secret_hash: sha256(key),
    created_at: now,
    used_at: now,
    expires_at: toStoredTime(orm, expiresAt.getTime()),
    user_agent: '',
    address: '',
  }))
  for (const some of inChunks(sessions))
    await orm.em
      .fork()
      .getKysely<StoredTables>()
      .insertInto('session')
      .values(some as never)
      .execute()
  const signedTokens = await Promise.all(keys.map(({ user, key }) => tokens.sign(user, key, expiresAt)))
  await chat.close()
  return signedTokens
}
