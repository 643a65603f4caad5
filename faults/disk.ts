import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { paths } from '../web/paths.ts'
import { signUp } from './people.ts'
import type { System } from './system.ts'

/** Rows in the first statement that takes room, of 4,000 characters each. */
const ROWS = 512
/** What MariaDB says when a table can not grow: ER_RECORD_FILE_FULL. */
const TABLE_FULL = 1114

/**
 * Lets the disk of the database be full: its process may write to no file beyond the size that its largest has
 * (setrlimit(2), RLIMIT_FSIZE), which takes no rights, and what room there is in the table of messages is taken.
 * The answer frees it again.
 * @throws Error where this can't be done
 */
export async function fillDisk({ database, databaseUrl, origin }: System): Promise<() => Promise<void>> {
  const sql = new Bun.SQL(databaseUrl, { max: 1 })
  const { conversation, sender } = await notes(origin, sql)
  const row = (seq: number) =>
    `(${conversation}, ${seq}, ${seq}, ${sender}, repeat('x', 4000), repeat('0', 64), now())`
  const free = async () => {
    await limitFiles(database.pid, 'unlimited')
    await sql`delete from message where conversation_id = ${conversation} and seq > 1`
    await sql.close()
  }
  try {
    await limitFiles(database.pid, `${await largestFile(sql)}`)
    for (let rows = ROWS, last = 1; rows >= 1; last += rows) {
      const values = Array.from({ length: rows }, (_, index) => row(last + index + 1))
      const error = await sql
        .unsafe(
          `insert into message (conversation_id, seq, version, sender_id, body, body_hash, created_at) values ${values}`,
        )
        .then(
          () => null,
          (error) => error,
        )
      if (error && error.errno !== TABLE_FULL) throw error
      // There may be room for less.
      if (error) rows = Math.floor(rows / 8)
    }
    return free
  } catch (error) {
    await free()
    throw error
  }
}

/** A conversation that nobody looks at. */
async function notes(origin: string, sql: Bun.SQL) {
  const { username, token } = await signUp(origin, `ballast-${crypto.randomUUID().slice(0, 8)}`)
  const answer = await fetch(origin + paths.api.messages(username), {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ body: 'ballast' }),
  })
  if (!answer.ok) throw new Error(`no ballast: status ${answer.status}`)
  const [{ conversation, sender }] =
    await sql`select conversation_id as conversation, sender_id as sender from message
      where conversation_id = ${(await answer.json()).id.split('-')[0]}`
  return { conversation, sender }
}

async function largestFile(sql: Bun.SQL): Promise<number> {
  const [{ folder }] = await sql`select @@datadir as folder`
  const files = await readdir(folder, { recursive: true })
  const sizes = files.map(async (file) => (await stat(join(folder, file)).catch(() => null))?.size ?? 0)
  return Math.max(...(await Promise.all(sizes)))
}

/** The soft limit, which may be lifted again. A process of another account is asked for in the name of that. */
async function limitFiles(pid: number, bytes: string): Promise<void> {
  const { uid, gid } = await stat(`/proc/${pid}`)
  const as =
    uid === process.getuid?.() ? [] : ['setpriv', `--reuid=${uid}`, `--regid=${gid}`, '--clear-groups']
  const command = [...as, 'prlimit', '--pid', `${pid}`, `--fsize=${bytes}:`]
  const { success, stderr } = Bun.spawnSync(command)
  if (!success) throw new Error(`The disk can not be made full here: ${command[0]} says ${stderr}`)
}
