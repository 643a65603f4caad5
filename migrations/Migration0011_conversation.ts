import { PairedMigration } from './paired-migration.ts'

export class Migration0011_conversation extends PairedMigration {
  override mysql = `create table \`conversation\` (
  \`id\` int unsigned not null auto_increment primary key,
  \`low_id\` int unsigned not null,
  \`high_id\` int unsigned not null,
  \`last_seq\` int unsigned not null default 0,
  \`version\` int unsigned not null default 0,
  \`active_at\` datetime(3) null,
  key \`conversation_low_id_active_at_id_index\` (\`low_id\`, \`active_at\`, \`id\`),
  key \`conversation_high_id_active_at_id_index\` (\`high_id\`, \`active_at\`, \`id\`),
  unique key \`conversation_low_id_high_id_unique\` (\`low_id\`, \`high_id\`),
  constraint \`conversation_low_id_foreign\` foreign key (\`low_id\`) references \`user\` (\`id\`),
  constraint \`conversation_high_id_foreign\` foreign key (\`high_id\`) references \`user\` (\`id\`)
) default character set utf8mb4 collate utf8mb4_bin engine = InnoDB`

  override sqlite = [
    `create table "conversation" (
  "id" integer not null primary key autoincrement,
  "low_id" integer not null,
  "high_id" integer not null,
  "last_seq" integer not null default 0,
  "version" integer not null default 0,
  "active_at" datetime null,
  constraint "conversation_low_id_foreign" foreign key ("low_id") references "user" ("id"),
  constraint "conversation_high_id_foreign" foreign key ("high_id") references "user" ("id")
)`,
    'create index "conversation_low_id_active_at_id_index" on "conversation" ("low_id", "active_at", "id")',
    'create index "conversation_high_id_active_at_id_index" on "conversation" ("high_id", "active_at", "id")',
    'create unique index "conversation_low_id_high_id_unique" on "conversation" ("low_id", "high_id")',
  ]
}
