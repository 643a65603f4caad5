import { Migration } from '@mikro-orm/migrations'

export class Migration20261123135702_audit_subject extends Migration {
  override up(): void {
    this.addSql(
      'alter table `audit` add column `subject` int unsigned null, add key `audit_subject_id_index` (`subject`, `id`), drop key `audit_target_id_index`',
    )
  }

  override down(): void {
    this.addSql(
      'alter table `audit` add key `audit_target_id_index` (`target`, `id`), drop key `audit_subject_id_index`, drop column `subject`',
    )
  }
}
