import type { Orm } from '../database/orm.ts'
import { queryBuilder, toIsoTime } from '../database/tables.ts'

/** The jobs of a kind. `oldest` is when the oldest waiting one was due (ISO 8601), or null when none is waiting. */
export type JobCount = { kind: string; waiting: number; failed: number; oldest: string | null }

/** Counts jobs by kind. `waiting` are due, running or being retried; jobs scheduled for later are not counted. */
export async function countJobs({ orm, now }: { orm: Orm; now: () => Date }): Promise<JobCount[]> {
  const rows = await queryBuilder(orm.em.fork())
    .selectFrom('job')
    .where('dueAt', '<=', now())
    .groupBy('kind')
    .orderBy('kind')
    .select(({ eb, fn }) => [
      'kind',
      fn.count('failedAt').as('failed'),
      fn.countAll().as('all'),
      fn.min(eb.case().when('failedAt', 'is', null).then(eb.ref('dueAt')).end()).as('oldest'),
    ])
    .execute()
  return rows.map(({ kind, failed, all, oldest }) => ({
    kind,
    waiting: Number(all) - Number(failed),
    failed: Number(failed),
    oldest: oldest === null ? null : toIsoTime(oldest),
  }))
}
