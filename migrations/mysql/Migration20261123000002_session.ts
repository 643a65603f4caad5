import { Migration } from '@mikro-orm/migrations'

export class Migration20261123000002_session extends Migration {
  override up(): void {
    this.addSql(`create table \`session\` (
  \`id\` int unsigned not null auto_increment primary key,
  \`user_id\` int unsigned not null,
  \`secret_hash\` varchar(64) not null,
  \`created_at\` datetime(3) not null,
  \`used_at\` datetime(3) not null,
  \`expires_at\` datetime(3) not null,
  \`user_agent\` varchar(255) not null,
  \`address\` varchar(45) not null,
  \`name\` varchar(60) null,
  key \`session_user_id_index\` (\`user_id\`),
  unique key \`session_secret_hash_unique\` (\`secret_hash\`),
  constraint \`session_user_id_foreign\` foreign key (\`user_id\`) references \`user\` (\`id\`) on delete cascade
) default character set utf8mb4 collate utf8mb4_bin engine = InnoDB`)
  }
}
