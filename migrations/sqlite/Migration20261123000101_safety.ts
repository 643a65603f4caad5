import { Migration } from '@mikro-orm/migrations'

export class Migration20261123000101_safety extends Migration {
  override up(): void | Promise<void> {
    this.addSql(
      `create table \`report\` (\`id\` integer not null primary key autoincrement, \`conversation_id\` integer not null, \`seq\` integer not null, \`reporter_id\` integer not null, \`reason\` text not null, \`created_at\` datetime not null, \`outcome\` text check (\`outcome\` in ('dismissed', 'deleted', 'disabled')) null, \`closed_at\` datetime null, constraint \`report_conversation_id_foreign\` foreign key (\`conversation_id\`) references \`conversation\` (\`id\`) on delete cascade, constraint \`report_reporter_id_foreign\` foreign key (\`reporter_id\`) references \`user\` (\`id\`) on delete cascade);`,
    )
    this.addSql(`create index \`report_reporter_id_index\` on \`report\` (\`reporter_id\`);`)
    this.addSql(`create index \`report_closed_at_id_index\` on \`report\` (\`closed_at\`, \`id\`);`)
    this.addSql(
      `create unique index \`report_conversation_id_seq_reporter_id_unique\` on \`report\` (\`conversation_id\`, \`seq\`, \`reporter_id\`);`,
    )

    this.addSql(
      `create table \`block\` (\`blocker_id\` integer not null, \`blocked_id\` integer not null, \`created_at\` datetime not null, primary key (\`blocker_id\`, \`blocked_id\`), constraint \`block_blocker_id_foreign\` foreign key (\`blocker_id\`) references \`user\` (\`id\`) on update cascade on delete cascade, constraint \`block_blocked_id_foreign\` foreign key (\`blocked_id\`) references \`user\` (\`id\`) on update cascade on delete cascade);`,
    )
    this.addSql(
      `create index \`block_blocked_id_blocker_id_index\` on \`block\` (\`blocked_id\`, \`blocker_id\`);`,
    )
  }

  override down(): void | Promise<void> {
    this.addSql(`drop table if exists \`report\`;`)
    this.addSql(`drop table if exists \`block\`;`)
  }
}
