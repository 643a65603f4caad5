import { Migration } from '@mikro-orm/migrations'

// One statement a migration: MySQL commits each by itself, so a crash leaves no half of one behind.
export class Migration20261123000303_totp extends Migration {
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

  override down(): void {
    this.addSql('drop table `totp`')
  }
}
