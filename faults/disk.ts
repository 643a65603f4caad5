import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { paths } from '../web/paths.ts'
import { signUp } from './people.ts'
import type { System } from './system.ts'

/** Rows of 4,000 characters in the first insert that uses up space. */
const ROWS = 512
/** MariaDB's error number for a table that cannot grow: ER_RECORD_FILE_FULL. */
const TABLE_FULL = 1114

/**
 * Simulates a full disk: limits the file size of the database process to that of its largest file (setrlimit(2),
 * RLIMIT_FSIZE), which needs no privileges, and fills the free space in the message table.
 * @returns a function that frees the space again
 * @throws Error if the limit can't be set
 */
export async function fillDisk({
  databaseNodes: [database],
  databaseUrl,
  origin,
}: System): Promise<() => Promise<void>> {
  const sql = new Bun.SQL(databaseUrl, { max: 1 })
  const { conversation, sender } = await addBallastConversation(origin, sql)
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
      // Fewer rows may still fit.
      if (error) rows = Math.floor(rows / 8)
    }
    return free
  } catch (error) {
    await free()
    throw error
  }
}

/** Adds a conversation outside the test. Returns the IDs of the conversation and of its sender. */
async function addBallastConversation(origin: string, sql: Bun.SQL) {
  const { username, token } = await signUp(origin, `ballast-${crypto.randomUUID().slice(0, 8)}`)
  const response = await fetch(origin + paths.api.messages(username), {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ body: 'ballast' }),
  })
  if (!response.ok) throw new Error(`Can't store the ballast: status ${response.status}`)
  const [{ conversation, sender }] =
    await sql`select conversation_id as conversation, sender_id as sender from message
      where conversation_id = ${(await response.json()).id.split('-')[0]}`
  return { conversation, sender }
}

async function largestFile(sql: Bun.SQL): Promise<number> {
  const [{ folder }] = await sql`select @@datadir as folder`
  const files = await readdir(folder, { recursive: true })
  const sizes = files.map(async (file) => (await stat(join(folder, file)).catch(() => null))?.size ?? 0)
  return Math.max(...(await Promise.all(sizes)))
}

/** Sets the soft limit, which can be raised again. Runs as the owner of the process if that is another user. */
async function limitFiles(pid: number, bytes: string): Promise<void> {
  const { uid, gid } = await stat(`/proc/${pid}`)
  const as =
    uid === process.getuid?.() ? [] : ['setpriv', `--reuid=${uid}`, `--regid=${gid}`, '--clear-groups']
  const command = [...as, 'prlimit', '--pid', `${pid}`, `--fsize=${bytes}:`]
  const { success, stderr } = Bun.spawnSync(command)
  if (!success) throw new Error(`Can't simulate a full disk: ${command[0]} failed: ${stderr}`)
}
