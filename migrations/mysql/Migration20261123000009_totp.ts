import { Migration } from '@mikro-orm/migrations'

export class Migration20261123000009_totp extends Migration {
  override up(): void {
    this.addSql(`create table \`totp\` (
  \`user_id\` int unsigned not null,
  \`secret\` varchar(32) not null,
  \`created_at\` datetime(3) not null,
  \`confirmed_at\` datetime(3) null,
  \`last_step\` int unsigned not null,
  primary key (\`user_id\`),
  constraint \`totp_user_id_foreign\` foreign key (\`user_id\`) references \`user\` (\`id\`) on update cascade on delete cascade
) default character set utf8mb4 collate utf8mb4_bin engine = InnoDB`)
  }
}
