import type { Compilable, CompiledQuery, Kysely } from 'kysely'
import type { Orm, Tables } from './orm.ts'

/**
 * A query of a hot path that is built once for each database, and then only run: to build and compile one takes several
 * times as long as SQLite takes to answer it.
 * @param build writes the query; it sees no values, but what stands for them, so it can use them only as such
 * @returns runs it with values; answers its rows
 */
export function prepared<Values extends Record<string, string | number>, Row>(
  build: (db: Kysely<Tables>, values: Values) => Compilable<Row>,
) {
  const built = new WeakMap<Orm, { db: Kysely<Tables>; query: CompiledQuery<Row> }>()
  const buildFor = (orm: Orm) => {
    const db = orm.em.getKysely<Tables>()
    const slots = new Proxy({} as Values, { get: (_, name) => new Slot(String(name)) })
    const once = { db, query: build(db, slots).compile() }
    built.set(orm, once)
    return once
  }
  return async (orm: Orm, values: Values): Promise<Row[]> => {
    const { db, query } = built.get(orm) ?? buildFor(orm)
    const parameters = query.parameters.map((one) => (one instanceof Slot ? values[one.name] : one))
    return (await db.executeQuery<Row>({ ...query, parameters })).rows
  }
}

/** Stands in a query for the value of this name. */
class Slot {
  constructor(readonly name: string) {}
}
