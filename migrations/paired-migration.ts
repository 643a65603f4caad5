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
 * MySQL errors when the account may not create triggers, or when the server writes a binary log and does not trust trigger
 * creators. The application never changes a row of the audit log, so it also works without the triggers.
 */
export const TRIGGERS_NOT_ALLOWED = ['ER_TABLEACCESS_DENIED_ERROR', 'ER_BINLOG_CREATE_ROUTINE_NEED_SUPER']

/** One migration, written for both databases side by side. */
export abstract class PairedMigration extends Migration {
  /**
   * A single statement, because MySQL commits each schema change by itself. A crash leaves at most one statement that was
   * applied but not recorded; the next start applies it again and ignores the error.
   */
  abstract mysql: string

  /** Any number of statements, which run in one transaction. */
  abstract sqlite: readonly string[]

  /** Further error codes after which the migration still counts as applied. */
  mysqlErrorsToIgnore: readonly string[] = []

  override async up(): Promise<void> {
    if (this.driver.getPlatform() instanceof BaseMySqlPlatform) return this.#applyToMysql()
    for (const statement of this.sqlite) await this.execute(statement)
  }

  async #applyToMysql(): Promise<void> {
    const ignored = [...ALREADY_APPLIED, ...this.mysqlErrorsToIgnore]
    await this.execute(this.mysql).catch((error) => {
      if (!ignored.includes(error.code)) throw error
    })
  }
}
