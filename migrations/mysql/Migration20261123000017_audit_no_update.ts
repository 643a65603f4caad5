import { Migration } from '@mikro-orm/migrations'

/** Without the right to make triggers (or, with a binary log, to trust them) the table is what the code makes of it. */
const NOT_ALLOWED = ['ER_TABLEACCESS_DENIED_ERROR', 'ER_BINLOG_CREATE_ROUTINE_NEED_SUPER']

export class Migration20261123000017_audit_no_update extends Migration {
  override async up(): Promise<void> {
    await this.execute(
      "create trigger `audit_no_update` before update on `audit` for each row signal sqlstate '45000' set message_text = 'the audit log is append-only'",
    ).catch((error) => {
      if (!NOT_ALLOWED.includes(error.code)) throw error
    })
  }
}
