import { Migration } from '@mikro-orm/migrations'

// One statement a migration: MySQL commits each by itself, so a crash leaves no half of one behind.
export class Migration20261123000101_block extends Migration {
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

  override down(): void {
    this.addSql('drop table `block`')
  }
}
