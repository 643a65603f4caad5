import { MySqlConnection, MySqlDriver } from '@mikro-orm/mysql'
import { isRaw, NativeQueryBuilder, raw, Utils } from '@mikro-orm/sql'
import { CompiledQuery } from 'kysely'
// Deno finds no names in CommonJS modules.
import mysql2 from 'mysql2'

/**
 * MikroORM's driver, but it sends values separately from the statement. The original inserts them into the text, where an
 * unexpected `sql_mode` can turn them into SQL.
 */
export class BindingMySqlDriver extends MySqlDriver {
  constructor(config: ConstructorParameters<typeof MySqlDriver>[0]) {
    super(config)
    // The original's constructor sets it, so it is read-only only for the compiler.
    Object.assign(this, { connection: new BindingConnection(config) })
  }
}

class BindingConnection extends MySqlConnection {
  override async execute(
    query: string | NativeQueryBuilder | ReturnType<typeof raw>,
    params: readonly unknown[] | Record<string, unknown> = [],
    method: 'all' | 'get' | 'run' = 'all',
    ctx?: Parameters<MySqlConnection['execute']>[3],
    context?: Parameters<MySqlConnection['execute']>[4],
    // The original lets the caller choose the type of the result.
  ): Promise<never> {
    await this.ensureConnection()
    const { sql, params: values } = textOf(query, params)
    const statement = this.#bind(sql, values)
    return this.executeQuery(
      sql,
      async () => {
        const compiled = CompiledQuery.raw(statement.sql, statement.values)
        const result = await (ctx ?? this.getClient()).executeQuery(compiled)
        return this.transformRawResult<never>(result, method)
      },
      { query: sql, params: [...values], ...context },
    )
  }

  /**
   * Replaces identifiers (`??`), lists and parts of SQL in the placeholders, and keeps one `?` for each value.
   * Follows `Platform.formatQuery`, which writes the values as well.
   */
  #bind(text: string, params: readonly unknown[]): { sql: string; values: unknown[] } {
    if (params.length === 0) return { sql: text, values: [] }
    const values: unknown[] = []
    let next = 0
    const sql = text.replace(/\\\?|\?\??/g, (placeholder) => {
      if (placeholder === '\\?') return '?'
      const value = params[next++]
      return placeholder === '??'
        ? this.platform.quoteIdentifier(value as string)
        : this.#place(value, values)
    })
    return { sql, values }
  }

  /** Appends the value to `values` and returns the SQL that stands for it. */
  #place(value: unknown, values: unknown[]): string {
    if (isRaw(value)) {
      const part = this.#bind(value.sql, value.params)
      values.push(...part.values)
      return part.sql
    }
    if (Array.isArray(value)) {
      return value
        .map((item) => (Array.isArray(item) ? `(${this.#place(item, values)})` : this.#place(item, values)))
        .join(', ')
    }
    values.push(Utils.isPlainObject(value) ? JSON.stringify(value) : value)
    return '?'
  }
}

function textOf(
  query: string | NativeQueryBuilder | ReturnType<typeof raw>,
  params: readonly unknown[] | Record<string, unknown>,
): { sql: string; params: readonly unknown[] } {
  if (query instanceof NativeQueryBuilder) return query.toRaw()
  if (isRaw(query)) return query
  if (Array.isArray(params)) return { sql: query as string, params }
  return raw(query as string, params as Record<string, unknown>)
}

/** A value as mysql2 sends it. It would send whole numbers as floating-point ones, which `limit` refuses on some servers. */
export function toParameter(value: unknown): unknown {
  if (value === undefined) return null
  return Number.isSafeInteger(value) ? mysql2.TypedParameter.LONGLONG(value as number) : value
}
