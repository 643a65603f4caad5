import { Migration } from '@mikro-orm/migrations'

export class Migration20261123000401_admin extends Migration {
  override up(): void {
    this.addSql(
      `create table \`audit\` (\`id\` integer not null primary key autoincrement, \`at\` datetime not null, \`actor_id\` integer null, \`action\` text not null, \`target\` text null, \`detail\` json not null, \`address\` text null);`,
    )
    this.addSql(`create index \`audit_actor_id_id_index\` on \`audit\` (\`actor_id\`, \`id\`);`)
    this.addSql(`create index \`audit_action_id_index\` on \`audit\` (\`action\`, \`id\`);`)
    this.addSql(`create index \`audit_target_id_index\` on \`audit\` (\`target\`, \`id\`);`)
    this.addSql(`create index \`audit_at_index\` on \`audit\` (\`at\`);`)
    for (const change of ['update', 'delete']) {
      this.addSql(
        `create trigger \`audit_no_${change}\` before ${change} on \`audit\` begin select raise(abort, 'the audit log is append-only'); end`,
      )
    }
    this.addSql(`create index \`user_role_index\` on \`user\` (\`role\`);`)
    this.addSql(`create index \`user_created_at_index\` on \`user\` (\`created_at\`);`)
    this.addSql(`alter table \`report\` add column \`closed_by_id\` integer null;`)
  }

  override down(): void {
    this.addSql(`drop table if exists \`audit\`;`)
    this.addSql(`alter table \`report\` drop column \`closed_by_id\`;`)
    this.addSql(`drop index \`user_role_index\`;`)
    this.addSql(`drop index \`user_created_at_index\`;`)
  }
}
