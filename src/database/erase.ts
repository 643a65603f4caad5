import { isSqlite, type Orm } from './orm.ts'

/**
 * On SQLite, writes the write-ahead log into the database file and empties it, so that neither contains deleted content:
 * `secure_delete` overwrites it in the file only. Call it after the commit of a deletion. While another process reads, the log is
 * emptied by the next call.
 */
export async function eraseDeletedContent({ orm }: { orm: Orm }): Promise<void> {
  if (isSqlite(orm)) await orm.em.fork().execute('pragma wal_checkpoint(truncate)')
}
