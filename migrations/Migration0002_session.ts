import { PairedMigration } from './paired-migration.ts'

export class Migration0002_session extends PairedMigration {
  override mysql = `create table \`session\` (
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
  key \`session_expires_at_index\` (\`expires_at\`),
  constraint \`session_user_id_foreign\` foreign key (\`user_id\`) references \`user\` (\`id\`) on delete cascade
) default character set utf8mb4 collate utf8mb4_bin engine = InnoDB`

  override sqlite = [
    `create table "session" (
  "id" integer not null primary key autoincrement,
  "user_id" integer not null,
  "secret_hash" text not null,
  "created_at" datetime not null,
  "used_at" datetime not null,
  "expires_at" datetime not null,
  "user_agent" text not null,
  "address" text not null,
  "name" text null,
  constraint "session_user_id_foreign" foreign key ("user_id") references "user" ("id") on delete cascade
)`,
    'create index "session_user_id_index" on "session" ("user_id")',
    'create unique index "session_secret_hash_unique" on "session" ("secret_hash")',
    'create index "session_expires_at_index" on "session" ("expires_at")',
  ]
}
