import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { testServers } from '../scripts/servers.ts'
import { run } from '../src/testing/process.ts'
import { paths } from '../web/paths.ts'

/**
 * `bun bench/way.ts`: one message's way at rest, from the POST to the recipient having read it, over a WebSocket; each row
 * on a process of its own, one message at a time. Milliseconds, median and 95th percentile of 300.
 */
const MESSAGES = 300
const WARM_UP = 50

const servers = await testServers()
// The tests' own server spares itself the disk at each commit; a server that people trust does not.
if (!process.env.TEST_DATABASE_URL) {
  await using sql = new Bun.SQL(servers.databaseUrl, { max: 1 })
  await sql.unsafe('set global innodb_flush_log_at_trx_commit = 1')
}
const database = new URL(servers.databaseUrl)
database.pathname = `/bench_${process.pid}`
try {
  console.table({
    'SQLite, memory': await measure({}),
    'MySQL, Redis': await measure({ DATABASE_URL: database.href, REDIS_URL: servers.redisUrl }),
  })
} finally {
  await servers.stop()
}

async function measure(env: Record<string, string>) {
  const DATA_DIR = mkdtempSync(join(tmpdir(), 'chatapp-bench-'))
  const startedAt = performance.now()
  // Bun keeps what it has compiled under HOME, as for whoever starts it.
  const HOME = process.env.HOME ?? ''
  const app = run('main.ts', { HOME, DATA_DIR, PORT: '0', LOG_LEVEL: 'error', ...env })
  try {
    const base = (await app.line('ChatApp: ')).replace('ChatApp: ', '')
    const start = performance.now() - startedAt
    const { answered, notified, read } = await sendMany(base)
    return { 'start to first answer': ms([start], 0.5), ...cells({ answered, notified, read }) }
  } finally {
    await app.stop()
    rmSync(DATA_DIR, { recursive: true })
  }
}

async function sendMany(base: string) {
  const [ann, ben] = [await signUp(base, 'ann'), await signUp(base, 'ben')]
  const socket = new WebSocket(base.replace('http', 'ws') + paths.api.events, { headers: ben } as never)
  let heard: (type: string) => void = () => {}
  socket.onmessage = ({ data }) => heard(JSON.parse(data).type)
  const next = (wanted: string) =>
    new Promise<number>((resolve) => {
      heard = (type) => type === wanted && resolve(performance.now())
    })
  await next('ready')

  const times = { answered: [] as number[], notified: [] as number[], read: [] as number[] }
  for (let since = 0; since < MESSAGES + WARM_UP; since++) {
    const notified = next('message')
    const start = performance.now()
    const body = JSON.stringify({ body: `Message ${since}`, clientId: crypto.randomUUID() })
    const answered = fetch(base + paths.api.messages('ben'), { method: 'POST', headers: ann, body }).then(
      async (answer) => {
        await answer.json()
        return performance.now()
      },
    )
    const notifiedAt = await notified
    await (await fetch(`${base}${paths.api.changes('ann')}?since=${since}`, { headers: ben })).json()
    const readAt = performance.now()
    if (since < WARM_UP) continue
    times.answered.push((await answered) - start)
    times.notified.push(notifiedAt - start)
    times.read.push(readAt - start)
  }
  socket.close()
  return times
}

async function signUp(base: string, username: string): Promise<Record<string, string>> {
  const json = { 'content-type': 'application/json' }
  const answer = await fetch(base + paths.api.users, {
    method: 'POST',
    headers: json,
    body: JSON.stringify({ username, password: 'correct horse battery' }),
  })
  return { ...json, authorization: `Bearer ${(await answer.json()).token}` }
}

function cells(series: Record<string, number[]>) {
  return Object.fromEntries(
    Object.entries(series).flatMap(([name, values]) => [
      [`${name} p50`, ms(values, 0.5)],
      [`${name} p95`, ms(values, 0.95)],
    ]),
  )
}

function ms(values: number[], share: number): number {
  return Number((values.toSorted((a, b) => a - b)[Math.floor(values.length * share)] ?? 0).toFixed(1))
}
