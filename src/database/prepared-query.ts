import type { Compilable, CompiledQuery, Kysely } from 'kysely'
import type { Orm, Tables } from './orm.ts'

/**
 * Compiles a query of a hot path once for each database: building and compiling takes several times as long as running it on
 * SQLite.
 * @param build builds the query; `values` are placeholders, so `build` must not inspect them
 * @returns a function that runs the query with values and returns its rows
 */
export function prepared<Values extends Record<string, string | number>, Row>(
  build: (db: Kysely<Tables>, values: Values) => Compilable<Row>,
) {
  const compiled = new WeakMap<Orm, { db: Kysely<Tables>; query: CompiledQuery<Row> }>()
  const compileFor = (orm: Orm) => {
    const db = orm.em.getKysely<Tables>()
    const placeholders = new Proxy({} as Values, { get: (_, name) => new Placeholder(String(name)) })
    const entry = { db, query: build(db, placeholders).compile() }
    compiled.set(orm, entry)
    return entry
  }
  return async (orm: Orm, values: Values): Promise<Row[]> => {
    const { db, query } = compiled.get(orm) ?? compileFor(orm)
    const parameters = query.parameters.map((parameter) =>
      parameter instanceof Placeholder ? values[parameter.name] : parameter,
    )
    return (await db.executeQuery<Row>({ ...query, parameters })).rows
  }
}

/** Replaced by the value of this name when the query runs. */
class Placeholder {
  constructor(readonly name: string) {}
}
