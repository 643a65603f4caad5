import { Migration } from '@mikro-orm/migrations'

export class Migration20261123000012_member extends Migration {
  override up(): void {
    this.addSql(`create table \`member\` (
  \`conversation_id\` int unsigned not null,
  \`user_id\` int unsigned not null,
  \`read_seq\` int unsigned not null default 0,
  primary key (\`conversation_id\`, \`user_id\`),
  key \`member_user_id_index\` (\`user_id\`),
  constraint \`member_conversation_id_foreign\` foreign key (\`conversation_id\`) references \`conversation\` (\`id\`) on update cascade on delete cascade,
  constraint \`member_user_id_foreign\` foreign key (\`user_id\`) references \`user\` (\`id\`) on update cascade on delete cascade
) default character set utf8mb4 collate utf8mb4_bin engine = InnoDB`)
  }
}
