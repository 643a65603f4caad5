import { sql } from 'kysely'
import type { Logger } from 'pino'
import type { Orm } from '../database/orm.ts'
import type { StoredTables } from '../database/tables.ts'

/** Milliseconds between a message and the count of its bytes in the database. */
const FLUSH_MS = 5000

/** Users in one statement. */
const BATCH = 200

/** Bytes of a message besides its text: its row and the entries in the indexes. Also those of a deleted message stay. */
export const MESSAGE_OVERHEAD = 200

/** In its first week, an account has this quota at most: strangers can create many accounts. */
const YOUNG = { ms: 7 * 24 * 60 * 60 * 1000, quota: 10 * 1024 * 1024 }

/**
 * Counts the bytes that the messages of each user take, against `TEXT_QUOTA`. Requests read the count with their session. New bytes
 * are collected in memory and added to it every few seconds, so that a send writes nothing more. A crash forgets the last seconds.
 */
export class TextUsage {
  readonly #pending = new Map<number, number>()
  #timer: ReturnType<typeof setTimeout> | undefined
  #written = Promise.resolve()

  /** @param quota bytes for each user; null for no limit */
  constructor(
    readonly orm: Orm,
    readonly log: Pick<Logger, 'warn'>,
    readonly quota: number | null,
  ) {}

  /** Whether the user may store a message with this text at the time `now`. */
  hasRoom(
    user: { id: number; textBytes: number; createdAt: Date },
    { text, now }: { text: string; now: Date },
  ): boolean {
    if (this.quota === null) return true
    const isYoung = now.getTime() - user.createdAt.getTime() < YOUNG.ms
    const quota = isYoung ? Math.min(this.quota, YOUNG.quota) : this.quota
    const used = user.textBytes + (this.#pending.get(user.id) ?? 0)
    return used + MESSAGE_OVERHEAD + Buffer.byteLength(text) <= quota
  }

  /** Adds bytes after a message was committed; a negative number after a text was erased. */
  add(user: number, bytes: number): void {
    if (bytes === 0) return
    this.#pending.set(user, (this.#pending.get(user) ?? 0) + bytes)
    this.#timer ??= setTimeout(() => void this.flush(), FLUSH_MS)
    this.#timer.unref?.()
  }

  /** Writes the collected counts, after those that are being written. Counts that cannot be written are kept for the next time. */
  flush(): Promise<void> {
    this.#written = this.#written.then(() => this.#writeAll())
    return this.#written
  }

  async #writeAll(): Promise<void> {
    clearTimeout(this.#timer)
    this.#timer = undefined
    const counts = [...this.#pending].sort(([a], [b]) => a - b)
    this.#pending.clear()
    for (let start = 0; start < counts.length; start += BATCH) {
      const batch = counts.slice(start, start + BATCH)
      await this.#write(batch).catch((error) => {
        this.log.warn({ reason: String(error) }, 'the stored text of users was not counted yet')
        for (const [user, bytes] of batch) this.add(user, bytes)
      })
    }
  }

  async #write(counts: readonly (readonly [number, number])[]): Promise<void> {
    const cases = counts.map(([user, bytes]) => sql`when ${user} then ${bytes}`)
    await this.orm.em
      .fork()
      .getKysely<StoredTables>()
      .updateTable('user')
      .set({ text_bytes: sql<number>`text_bytes + case id ${sql.join(cases, sql` `)} end` })
      .where(
        'id',
        'in',
        counts.map(([user]) => user),
      )
      .execute()
  }
}
