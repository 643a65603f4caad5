import type { Compilable, CompiledQuery, Kysely, QueryResult, UpdateResult } from 'kysely'
import { isSqlite, type Orm } from './orm.ts'
import type { StoredTables } from './tables.ts'

/** Returns a placeholder for the value of this name, typed as the value. */
export type Param<Values> = <Name extends keyof Values>(name: Name) => Values[Name]

type Values = Record<string, string | number>
export type Dialect = 'sqlite' | 'mysql'

type Build<V, Row> = (db: Kysely<StoredTables>, param: Param<V>, dialect: Dialect) => Compilable<Row>

/**
 * Defines a query of a hot path. It is compiled once for each dialect: building and compiling takes several times as long as
 * running it on SQLite.
 * @param build builds the query with column names as stored; `param('name')` stands for a value of each run
 * @returns a function that runs the query with values and returns its rows
 */
export function prepared<V extends Values, Row>(build: Build<V, Row>) {
  const run = compiledOnce(build)
  return async (orm: Orm, values: V): Promise<Row[]> => (await run(orm, values)).rows
}

/** Like {@link prepared}, for an update: the returned function returns the number of updated rows. */
export function preparedUpdate<V extends Values>(build: Build<V, UpdateResult>) {
  const run = compiledOnce(build)
  return async (orm: Orm, values: V): Promise<number> => Number((await run(orm, values)).numAffectedRows)
}

function compiledOnce<V extends Values, Row>(build: Build<V, Row>) {
  const compiled: Partial<Record<Dialect, CompiledQuery<Row>>> = {}
  return (orm: Orm, values: V): Promise<QueryResult<Row>> => {
    const db = orm.em.getKysely<StoredTables>()
    const dialect = isSqlite(orm) ? 'sqlite' : 'mysql'
    compiled[dialect] ??= build(db, param, dialect).compile()
    const query = compiled[dialect]
    const parameters = query.parameters.map((parameter) =>
      parameter instanceof Placeholder ? values[parameter.name] : parameter,
    )
    return db.executeQuery<Row>({ ...query, parameters })
  }
}

function param(name: PropertyKey): never {
  return new Placeholder(String(name)) as never
}

class Placeholder {
  constructor(readonly name: string) {}
}
