import type { Compilable, CompiledQuery, Kysely } from 'kysely'
import type { Orm } from './orm.ts'
import { isSqlite } from './orm.ts'
import type { StoredTables } from './tables.ts'

/** Returns a placeholder for the value of this name, typed as the value. */
export type Param<Values> = <Name extends keyof Values>(name: Name) => Values[Name]

/**
 * Defines a query of a hot path. It is compiled once for each dialect: building and compiling takes several times as long as
 * running it on SQLite.
 * @param build builds the query with column names as stored; `param('name')` stands for a value of each run
 * @returns a function that runs the query with values and returns its rows
 */
export function prepared<Values extends Record<string, string | number>, Row>(
  build: (db: Kysely<StoredTables>, param: Param<Values>) => Compilable<Row>,
) {
  const compiled: { sqlite?: CompiledQuery<Row>; mysql?: CompiledQuery<Row> } = {}
  return async (orm: Orm, values: Values): Promise<Row[]> => {
    const db = orm.em.getKysely<StoredTables>()
    const dialect = isSqlite(orm) ? 'sqlite' : 'mysql'
    compiled[dialect] ??= build(db, param).compile()
    const query = compiled[dialect]
    const parameters = query.parameters.map((parameter) =>
      parameter instanceof Placeholder ? values[parameter.name] : parameter,
    )
    return (await db.executeQuery<Row>({ ...query, parameters })).rows
  }
}

function param(name: PropertyKey): never {
  return new Placeholder(String(name)) as never
}

class Placeholder {
  constructor(readonly name: string) {}
}
