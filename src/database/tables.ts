import type { InferClassEntityDB } from '@mikro-orm/sql'
import type { entities } from './entities.ts'
import type { Orm } from './orm.ts'

/** The tables with the entities' property names and values. */
export type Tables = InferClassEntityDB<(typeof entities)[number], { columnNamingStrategy: 'property' }>

/** The tables with column names and values as stored. */
export type StoredTables = InferClassEntityDB<(typeof entities)[number]>

/**
 * Returns a query builder for reads that entities cannot express. Columns have the names of the entities' properties, and
 * times are `Date`s; the results of functions and the values in raw SQL are as stored. In a join, qualify all columns, and
 * select a reference as in `message.sender as sender`: without the alias, the column `user_id` is taken for the `id` of a
 * joined table `user`.
 */
export function queryBuilder(em: Orm['em']) {
  return em.getKysely<Tables>({ columnNamingStrategy: 'property', convertValues: true })
}

/** A time as `Date` or as stored (MySQL: text in UTC; SQLite: milliseconds since 1970) as ISO 8601. */
export function toIsoTime(time: unknown): string {
  return new Date(
    typeof time === 'string' ? `${time.replace(' ', 'T')}Z` : (time as Date | number),
  ).toISOString()
}

/** Milliseconds since 1970 as the database stores them, for a query with stored values. */
export function toStoredTime(orm: Orm, at: number) {
  return orm.em.getPlatform().processDateProperty(new Date(at)) as never
}
