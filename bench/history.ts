import { statfs } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { ensureConversation } from '../src/conversations/lookup.ts'
import { toStoredTime } from '../src/database/orm.ts'
import { hashBody } from '../src/messages/body-hash.ts'
import type { Deps } from '../src/process/deps.ts'
import { type Backend, backends } from '../test/support/chat.ts'
import { paths } from '../web/paths.ts'
import type { Caller } from './client.ts'
import { addCallers, filledGround, type Program, serve } from './ground.ts'
import { readInTurn } from './reads.ts'
import type { Row } from './table.ts'

/** Bytes on the disk for each message, indexes and log included, on either database. */
const BYTES = 800

/** Rows that one statement makes. */
const CHUNK = 1_000_000

/**
 * A page of one long conversation: the newest one, and the one before a place that differs each time. Each length has a
 * database of its own; the app on every length and the baseline on the shortest take turns.
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
        const shortest = { name: `${lengths[0]!.toLocaleString('en')}`, rounds: app[0]! }
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

/** The golden ratio spreads the places over the whole length, each far from the one before. */
const PAGES: Record<string, (length: number) => (n: number) => string> = {
  'the newest page': () => () => paths.api.messages('other'),
  'an earlier page': (length) => (n) =>
    `${paths.api.messages('other')}?before=${20 + Math.floor((length - 20) * ((n * 0.618_033_988_75) % 1))}`,
}

async function openStage(backend: Backend, server: Program, length: number) {
  const ground = await filledGround(backend, (deps) => addConversation(deps, length))
  const { origin, stop } = await serve(server, ground.env)
  return {
    ...{ origin, length, me: ground.filled },
    async close() {
      await stop()
      await ground.remove()
    },
  }
}

/** Two people, and their conversation of this length, which the database writes itself. */
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

/** A thousand times a thousand: so deep, and no deeper, may recursion go on MySQL and MariaDB. */
const FILL = `insert into message (conversation_id, seq, version, sender_id, client_id, body, body_hash, created_at)
  with recursive n (n) as (select 0 union all select n + 1 from n where n < 999),
  new (conversation, sender, at, seq) as (select ?, ?, ?, ? + 1000 * a.n + b.n from n as a cross join n as b)
  select conversation, seq, seq, sender, seq, '${BODY}', '${hashBody(BODY)}', at
  from new where seq <= ? order by seq`

async function checkSpace(lengths: number[]): Promise<void> {
  const needed = BYTES * lengths.reduce((sum, length) => sum + length, 0)
  const { bavail, bsize } = await statfs(tmpdir())
  if (bavail * bsize > needed) return
  throw new Error(`Building the long conversations takes ${Math.ceil(needed / 1e9)} GB of ${tmpdir()}.`)
}
