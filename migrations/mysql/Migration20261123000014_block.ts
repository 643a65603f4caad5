import { Migration } from '@mikro-orm/migrations'

export class Migration20261123000014_block extends Migration {
  override up(): void {
    this.addSql(`create table \`block\` (
  \`blocker_id\` int unsigned not null,
  \`blocked_id\` int unsigned not null,
  \`created_at\` datetime(3) not null,
  primary key (\`blocker_id\`, \`blocked_id\`),
  key \`block_blocked_id_blocker_id_index\` (\`blocked_id\`, \`blocker_id\`),
  constraint \`block_blocker_id_foreign\` foreign key (\`blocker_id\`) references \`user\` (\`id\`) on update cascade on delete cascade,
  constraint \`block_blocked_id_foreign\` foreign key (\`blocked_id\`) references \`user\` (\`id\`) on update cascade on delete cascade
) default character set utf8mb4 collate utf8mb4_bin engine = InnoDB`)
  }
}
