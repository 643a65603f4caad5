import { PairedMigration } from './paired-migration.ts'

export class Migration0008_passkey extends PairedMigration {
  override mysql = `create table \`passkey\` (
  \`id\` int unsigned not null auto_increment primary key,
  \`user_id\` int unsigned not null,
  \`credential_id\` varchar(512) not null,
  \`public_key\` blob not null,
  \`counter\` int unsigned not null,
  \`name\` varchar(60) not null,
  \`created_at\` datetime(3) not null,
  \`used_at\` datetime(3) null,
  key \`passkey_user_id_index\` (\`user_id\`),
  unique key \`passkey_credential_id_unique\` (\`credential_id\`),
  constraint \`passkey_user_id_foreign\` foreign key (\`user_id\`) references \`user\` (\`id\`) on delete cascade
) default character set utf8mb4 collate utf8mb4_bin engine = InnoDB`

  override sqlite = [
    `create table "passkey" (
  "id" integer not null primary key autoincrement,
  "user_id" integer not null,
  "credential_id" text not null,
  "public_key" blob not null,
  "counter" integer not null,
  "name" text not null,
  "created_at" datetime not null,
  "used_at" datetime null,
  constraint "passkey_user_id_foreign" foreign key ("user_id") references "user" ("id") on delete cascade
)`,
    'create index "passkey_user_id_index" on "passkey" ("user_id")',
    'create unique index "passkey_credential_id_unique" on "passkey" ("credential_id")',
  ]
}
