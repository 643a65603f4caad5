import { sql } from 'kysely'
import { type Orm, type Tables, toIsoTime, toStoredTime } from '../database/orm.ts'

/** The jobs of a kind, and when the oldest of them was created (ISO 8601). */
export type JobCount = { kind: string; waiting: number; failed: number; oldest: string }

/** Counts jobs by kind. `waiting` are due, running or being retried; jobs scheduled for later are not counted. */
export async function countJobs({ orm, now }: { orm: Orm; now: () => Date }): Promise<JobCount[]> {
  const isFailed = sql<boolean>`failed_at is not null`
  const rows = await orm.em
    .fork()
    .getKysely<Tables>()
    .selectFrom('job')
    .where(({ eb, or }) =>
      or([eb('run_at', '<=', toStoredTime(orm, now().getTime())), eb('attempts', '>', 0)]),
    )
    .groupBy('kind')
    .orderBy('kind')
    .select(({ fn }) => [
      'kind',
      fn.count(sql`case when ${isFailed} then 1 end`).as('failed'),
      fn.countAll().as('all'),
      fn.min('created_at').as('oldest'),
    ])
    .execute()
  return rows.map(({ kind, failed, all, oldest }) => ({
    kind,
    waiting: Number(all) - Number(failed),
    failed: Number(failed),
    oldest: toIsoTime(oldest),
  }))
}
