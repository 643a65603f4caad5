import { PairedMigration, TRIGGERS_NOT_ALLOWED } from './paired-migration.ts'

export class Migration0004_audit_triggers extends PairedMigration {
  override mysql = [
    `create trigger \`audit_no_update\` before update on \`audit\` for each row signal sqlstate '45000' set message_text = 'the audit log is append-only'`,
    `create trigger \`audit_no_delete\` before delete on \`audit\` for each row signal sqlstate '45000' set message_text = 'the audit log is append-only'`,
  ]

  override sqlite = [
    `create trigger "audit_no_update" before update on "audit" begin select raise(abort, 'the audit log is append-only'); end`,
    // A replacement deletes the row without firing the trigger for deletions.
    `create trigger "audit_no_replace" before insert on "audit" when exists (select 1 from "audit" where "id" = new."id") begin select raise(abort, 'the audit log is append-only'); end`,
    `create trigger "audit_no_delete" before delete on "audit" begin select raise(abort, 'the audit log is append-only'); end`,
  ]

  override mysqlErrorsToIgnore = TRIGGERS_NOT_ALLOWED
}
