import { Migration } from '@mikro-orm/migrations'

export class Migration20261123000015_report extends Migration {
  override up(): void {
    this.addSql(`create table \`report\` (
  \`id\` int unsigned not null auto_increment primary key,
  \`conversation_id\` int unsigned not null,
  \`seq\` int unsigned not null,
  \`reporter_id\` int unsigned not null,
  \`reason\` varchar(1000) not null,
  \`created_at\` datetime(3) not null,
  \`outcome\` enum('dismissed', 'deleted', 'disabled') null,
  \`closed_at\` datetime(3) null,
  \`closed_by_id\` int unsigned null,
  key \`report_reporter_id_index\` (\`reporter_id\`),
  key \`report_closed_at_id_index\` (\`closed_at\`, \`id\`),
  unique key \`report_conversation_id_seq_reporter_id_unique\` (\`conversation_id\`, \`seq\`, \`reporter_id\`),
  constraint \`report_conversation_id_foreign\` foreign key (\`conversation_id\`) references \`conversation\` (\`id\`) on delete cascade,
  constraint \`report_reporter_id_foreign\` foreign key (\`reporter_id\`) references \`user\` (\`id\`) on delete cascade
) default character set utf8mb4 collate utf8mb4_bin engine = InnoDB`)
  }
}
