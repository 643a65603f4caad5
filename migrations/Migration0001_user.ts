import { PairedMigration } from './paired-migration.ts'

export class Migration0001_user extends PairedMigration {
  override mysql = `create table \`user\` (
  \`id\` int unsigned not null auto_increment primary key,
  \`username\` varchar(32) not null,
  \`handle\` varchar(32) not null,
  \`display_name\` varchar(80) not null,
  \`email\` varchar(254) null,
  \`password_hash\` varchar(255) not null,
  \`role\` varchar(16) not null default 'user',
  \`language\` varchar(16) null,
  \`theme\` varchar(16) null,
  \`zone\` varchar(64) null,
  \`avatar\` varchar(32) null,
  \`created_at\` datetime(3) not null,
  \`disabled_at\` datetime(3) null,
  \`deleted_at\` datetime(3) null,
  unique key \`user_handle_unique\` (\`handle\`),
  unique key \`user_email_unique\` (\`email\`),
  key \`user_role_index\` (\`role\`),
  key \`user_created_at_index\` (\`created_at\`)
) default character set utf8mb4 collate utf8mb4_bin engine = InnoDB`

  override sqlite = [
    `create table "user" (
  "id" integer not null primary key autoincrement,
  "username" text not null,
  "handle" text not null,
  "display_name" text not null,
  "email" text null,
  "password_hash" text not null,
  "role" text not null default 'user',
  "language" text null,
  "theme" text null,
  "zone" text null,
  "avatar" text null,
  "created_at" datetime not null,
  "disabled_at" datetime null,
  "deleted_at" datetime null
)`,
    'create unique index "user_handle_unique" on "user" ("handle")',
    'create unique index "user_email_unique" on "user" ("email")',
    'create index "user_role_index" on "user" ("role")',
    'create index "user_created_at_index" on "user" ("created_at")',
  ]
}
