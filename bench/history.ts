import { statfs } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { ensureConversation } from '../src/conversations/lookup.ts'
import { sha256 } from '../src/database/hash.ts'
import { toStoredTime } from '../src/database/tables.ts'
import type { Deps } from '../src/process/deps.ts'
import { type Backend, backends } from '../test/support/chat.ts'
import { paths } from '../web/paths.ts'
import type { Caller } from './client.ts'
import { addCallers, filledEnvironment, type Program, serve } from './environment.ts'
import { readInTurn } from './reads.ts'
import type { Row } from './table.ts'

/** Disk space per message in bytes, including indexes and logs, on either database. */
const BYTES = 800

/** Rows inserted per statement. */
const CHUNK = 1_000_000

/**
 * Measures pages of a long conversation: the newest page and pages before varying positions. Each length has its own
 * database. The app runs on every length, the baseline on the shortest; they alternate.
 */
export async function history({ quick }: { quick: boolean }): Promise<Row[]> {
  const lengths = quick ? [100, 1_000] : [10_000, 1_000_000, 10_000_000]
  const rows: Row[] = []
  for (const backend of backends) {
    await checkSpace(lengths)
    const stages = []
    for (const length of lengths) stages.push(await openStage(backend, 'app', length))
    const baseline = await openStage(backend, 'baseline', lengths[0]!)
    for (const [kind, path] of Object.entries(PAGES)) {
      const times = await readInTurn(
        [baseline, ...stages].map(({ origin, me, length }) => ({ origin, me, path: path(length) })),
        { quick },
      )
      const [baselineTimes, ...app] = times
      for (const [at, length] of lengths.entries()) {
        const shortest = { name: `the time at ${lengths[0]!.toLocaleString('en')}`, rounds: app[0]! }
        rows.push({
          what: `${backend.name}, ${kind} of ${length.toLocaleString('en')} messages, p50`,
          unit: 'ms',
          app: app[at]!,
          ...(at === 0 && { baseline: baselineTimes! }),
          ...(at === lengths.length - 1 && { budget: { of: shortest, atMost: 1.2 } }),
        })
      }
    }
    for (const stage of [baseline, ...stages]) await stage.close()
  }
  return rows
}

/** The golden ratio spreads the positions over the whole conversation, each far from the previous one. */
const PAGES: Record<string, (length: number) => (n: number) => string> = {
  'the newest page': () => () => paths.api.messages('other'),
  'an earlier page': (length) => (n) =>
    `${paths.api.messages('other')}?before=${20 + Math.floor((length - 20) * ((n * 0.618_033_988_75) % 1))}`,
}

async function openStage(backend: Backend, server: Program, length: number) {
  const environment = await filledEnvironment(backend, (deps) => addConversation(deps, length))
  const { origin, stop } = await serve(server, environment.env)
  return {
    ...{ origin, length, me: environment.filled },
    async close() {
      await stop()
      await environment.remove()
    },
  }
}

/** Creates two users and their conversation. The database generates the messages. */
async function addConversation(deps: Deps, length: number): Promise<Caller> {
  const [me, other] = await addCallers(deps, ['reader', 'other'])
  const conversation = await ensureConversation(deps, me!.id, other!.id)
  const em = deps.orm.em.fork()
  const now = toStoredTime(deps.orm, Date.now())
  for (let start = 1; start <= length; start += CHUNK) {
    await em.execute(FILL, [conversation, other!.id, now, start, length])
  }
  await em.execute('update conversation set last_seq = ?, version = ?, active_at = ? where id = ?', [
    ...[length, length, now, conversation],
  ])
  return me!
}

const BODY = 'Shall we meet at eight, or is that too early for you?'

/** Generates 1,000 × 1,000 rows: MySQL and MariaDB limit recursion to 1,000 levels. */
const FILL = `insert into message (conversation_id, seq, version, sender_id, client_id, body, body_hash, created_at)
  with recursive n (n) as (select 0 union all select n + 1 from n where n < 999),
  new (conversation, sender, at, seq) as (select ?, ?, ?, ? + 1000 * a.n + b.n from n as a cross join n as b)
  select conversation, seq, seq, sender, seq, '${BODY}', '${sha256(BODY)}', at
  from new where seq <= ? order by seq`

async function checkSpace(lengths: number[]): Promise<void> {
  const needed = BYTES * lengths.reduce((sum, length) => sum + length, 0)
  const { bavail, bsize } = await statfs(tmpdir())
  if (bavail * bsize > needed) return
  throw new Error(`The long conversations need ${Math.ceil(needed / 1e9)} GB in ${tmpdir()}.`)
}
