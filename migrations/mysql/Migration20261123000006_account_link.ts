import { Migration } from '@mikro-orm/migrations'

export class Migration20261123000006_account_link extends Migration {
  override up(): void {
    this.addSql(`create table \`account_link\` (
  \`id\` int unsigned not null auto_increment primary key,
  \`user_id\` int unsigned not null,
  \`purpose\` enum('reset','verify') not null,
  \`token_hash\` varchar(64) not null,
  \`email\` varchar(254) null,
  \`expires_at\` datetime(3) not null,
  key \`account_link_user_id_index\` (\`user_id\`),
  unique key \`account_link_token_hash_unique\` (\`token_hash\`),
  key \`account_link_expires_at_index\` (\`expires_at\`),
  constraint \`account_link_user_id_foreign\` foreign key (\`user_id\`) references \`user\` (\`id\`) on delete cascade
) default character set utf8mb4 collate utf8mb4_bin engine = InnoDB`)
  }
}
