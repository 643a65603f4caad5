import type { Orm } from '../database/orm.ts'
import { queryBuilder, toIsoTime } from '../database/tables.ts'

/** The jobs of a kind, and when the oldest of them was created (ISO 8601). */
export type JobCount = { kind: string; waiting: number; failed: number; oldest: string }

/** Counts jobs by kind. `waiting` are due, running or being retried; jobs scheduled for later are not counted. */
export async function countJobs({ orm, now }: { orm: Orm; now: () => Date }): Promise<JobCount[]> {
  const rows = await queryBuilder(orm.em.fork())
    .selectFrom('job')
    .where(({ eb, or }) => or([eb('runAt', '<=', now()), eb('attempts', '>', 0)]))
    .groupBy('kind')
    .orderBy('kind')
    .select(({ fn }) => [
      'kind',
      fn.count('failedAt').as('failed'),
      fn.countAll().as('all'),
      fn.min('createdAt').as('oldest'),
    ])
    .execute()
  return rows.map(({ kind, failed, all, oldest }) => ({
    kind,
    waiting: Number(all) - Number(failed),
    failed: Number(failed),
    oldest: toIsoTime(oldest),
  }))
}
