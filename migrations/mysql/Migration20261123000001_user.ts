import { Migration } from '@mikro-orm/migrations'

// One statement a migration: MySQL commits each by itself, so a crash leaves no half of one behind.
export class Migration20261123000001_user extends Migration {
  override up(): void {
    this.addSql(`create table \`user\` (
  \`id\` int unsigned not null auto_increment primary key,
  \`username\` varchar(32) not null,
  \`handle\` varchar(32) not null,
  \`display_name\` varchar(80) not null,
  \`email\` varchar(254) null,
  \`password_hash\` varchar(255) not null,
  \`role\` enum('user','admin') not null default 'user',
  \`language\` enum('en','zh') null,
  \`theme\` enum('light','dark') null,
  \`zone\` varchar(64) null,
  \`avatar\` varchar(32) null,
  \`created_at\` datetime(3) not null,
  \`disabled_at\` datetime(3) null,
  \`deleted_at\` datetime(3) null,
  unique key \`user_handle_unique\` (\`handle\`),
  unique key \`user_email_unique\` (\`email\`),
  key \`user_role_index\` (\`role\`),
  key \`user_created_at_index\` (\`created_at\`)
) default character set utf8mb4 collate utf8mb4_bin engine = InnoDB`)
  }
}
