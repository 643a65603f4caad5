import { Migration } from '@mikro-orm/migrations'

export class Migration20261123000007_challenge extends Migration {
  override up(): void {
    this.addSql(`create table \`challenge\` (
  \`hash\` varchar(64) not null,
  \`purpose\` varchar(16) not null,
  \`user_id\` int unsigned null,
  \`expires_at\` datetime(3) not null,
  primary key (\`hash\`),
  key \`challenge_user_id_index\` (\`user_id\`),
  key \`challenge_expires_at_index\` (\`expires_at\`),
  constraint \`challenge_user_id_foreign\` foreign key (\`user_id\`) references \`user\` (\`id\`) on delete cascade
) default character set utf8mb4 collate utf8mb4_bin engine = InnoDB`)
  }
}
