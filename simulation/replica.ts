import type { CompiledQuery, ControlledTransaction, Kysely } from 'kysely'
import { type Orm, openOrm } from '../src/database/orm.ts'
import type { StoredTables } from '../src/database/tables.ts'
import type { Config } from '../src/process/config.ts'
import { overlay } from './process.ts'
import type { Time } from './time.ts'

/**
 * A database node from which one process reads the changes of conversations. It can lag: it then answers from a snapshot of up
 * to `lag` milliseconds ago.
 */
export class Replica {
  lag = 0
  #snapshot: ControlledTransaction<StoredTables> | null = null
  /** One per call of {@link setLag}. */
  #run = 0

  constructor(
    readonly orm: Orm,
    readonly time: Time,
  ) {}

  static async open(config: Config, time: Time): Promise<Replica> {
    return new Replica(await openOrm(config), time)
  }

  /** Sets the lag in milliseconds; 0 ends it. */
  async setLag(lag: number): Promise<void> {
    this.lag = lag
    await this.#renew(++this.#run)
  }

  /** Replaces the snapshot, and again after {@link lag} milliseconds. */
  async #renew(run: number): Promise<void> {
    await this.time.work(async () => {
      await this.#snapshot?.rollback().execute()
      this.#snapshot = null
      if (this.lag === 0) return
      this.#snapshot = await this.orm.em.getKysely<StoredTables>().startTransaction().execute()
      // The snapshot is taken by the first read.
      await this.#snapshot.selectFrom('conversation').select('id').limit(1).execute()
    })
    if (this.lag > 0) this.time.after(this.lag, () => run === this.#run && void this.#renew(run))
  }

  /** The connection of a process: the changes of conversations come from the snapshot while there is one. */
  route<DB>(db: Kysely<DB>): Kysely<DB> {
    const executeQuery: typeof db.executeQuery = (query) => {
      const isBehind = this.#snapshot !== null && readsChanges(query as CompiledQuery)
      return isBehind ? this.#snapshot!.executeQuery(query as CompiledQuery<never>) : db.executeQuery(query)
    }
    return overlay(db, { executeQuery })
  }

  async close(): Promise<void> {
    await this.setLag(0)
    await this.orm.close(true)
  }
}

function readsChanges({ sql }: CompiledQuery): boolean {
  return /[`"]version[`"] > \?/.test(sql)
}
