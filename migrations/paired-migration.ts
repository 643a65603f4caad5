import { Migration } from '@mikro-orm/migrations'
import { BaseMySqlPlatform } from '@mikro-orm/sql'

/** MySQL errors for a statement that has already been applied. */
const ALREADY_APPLIED = [
  'ER_TABLE_EXISTS_ERROR',
  'ER_DUP_FIELDNAME',
  'ER_DUP_KEYNAME',
  'ER_TRG_ALREADY_EXISTS',
  'ER_CANT_DROP_FIELD_OR_KEY',
]

/**
 * MySQL errors when the account may not create triggers, when the server writes a binary log and does not trust trigger
 * creators, or when the engine has no triggers (TiDB, Vitess). The application never changes a row of the audit log, so it also
 * works without them, and warns at each start.
 */
export const TRIGGERS_NOT_ALLOWED = [
  'ER_TABLEACCESS_DENIED_ERROR',
  'ER_SPECIFIC_ACCESS_DENIED_ERROR',
  'ER_BINLOG_CREATE_ROUTINE_NEED_SUPER',
  'ER_NOT_SUPPORTED_YET',
  'ER_PARSE_ERROR',
]

/** One migration, written for both databases side by side. */
export abstract class PairedMigration extends Migration {
  /**
   * Statements that may be applied twice. MySQL commits each schema change by itself, so after a crash between two of them the
   * next start applies all of them again. It ignores {@link ALREADY_APPLIED}.
   */
  abstract mysql: readonly string[]

  /** Statements that run in one transaction. */
  abstract sqlite: readonly string[]

  /** Further error codes after which a MySQL statement still counts as applied. */
  mysqlErrorsToIgnore: readonly string[] = []

  override async up(): Promise<void> {
    if (this.driver.getPlatform() instanceof BaseMySqlPlatform) return this.#applyToMysql()
    for (const statement of this.sqlite) await this.execute(statement)
  }

  async #applyToMysql(): Promise<void> {
    const ignored = [...ALREADY_APPLIED, ...this.mysqlErrorsToIgnore]
    for (const statement of this.mysql) {
      await this.execute(statement).catch((error) => {
        if (!ignored.includes(error.code)) throw error
      })
    }
  }
}
