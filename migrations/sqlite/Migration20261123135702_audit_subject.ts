import { Migration } from '@mikro-orm/migrations'

export class Migration20261123135702_audit_subject extends Migration {
  override up(): void {
    this.addSql(`drop index \`audit_target_id_index\`;`)
    this.addSql(`alter table \`audit\` add column \`subject\` integer null;`)
    this.addSql(`create index \`audit_subject_id_index\` on \`audit\` (\`subject\`, \`id\`);`)
  }

  override down(): void {
    this.addSql(`drop index \`audit_subject_id_index\`;`)
    this.addSql(`alter table \`audit\` drop column \`subject\`;`)
    this.addSql(`create index \`audit_target_id_index\` on \`audit\` (\`target\`, \`id\`);`)
  }
}
