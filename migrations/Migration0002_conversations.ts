import { PairedMigration } from './paired-migration.ts'

export class Migration0002_conversations extends PairedMigration {
  override mysql = [
    `create table \`conversation\` (
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
) default character set utf8mb4 collate utf8mb4_bin engine = InnoDB`,
    `create table \`member\` (
  \`conversation_id\` int unsigned not null,
  \`user_id\` int unsigned not null,
  \`read_seq\` int unsigned not null default 0,
  primary key (\`conversation_id\`, \`user_id\`),
  key \`member_user_id_index\` (\`user_id\`),
  constraint \`member_conversation_id_foreign\` foreign key (\`conversation_id\`) references \`conversation\` (\`id\`),
  constraint \`member_user_id_foreign\` foreign key (\`user_id\`) references \`user\` (\`id\`)
) default character set utf8mb4 collate utf8mb4_bin engine = InnoDB`,
    `create table \`message\` (
  \`conversation_id\` int unsigned not null,
  \`seq\` int unsigned not null,
  \`sender_id\` int unsigned not null,
  \`client_id\` varchar(64) null,
  \`body\` varchar(4000) not null,
  \`body_hash\` varchar(64) not null,
  \`version\` int unsigned not null,
  \`created_at\` datetime(3) not null,
  \`edited_at\` datetime(3) null,
  \`deleted_at\` datetime(3) null,
  primary key (\`conversation_id\`, \`seq\`),
  unique key \`message_conversation_id_version_unique\` (\`conversation_id\`, \`version\`),
  unique key \`message_conversation_id_sender_id_client_id_unique\` (\`conversation_id\`, \`sender_id\`, \`client_id\`),
  constraint \`message_conversation_id_foreign\` foreign key (\`conversation_id\`) references \`conversation\` (\`id\`)
) default character set utf8mb4 collate utf8mb4_bin engine = InnoDB`,
  ]

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
    `create table "member" (
  "conversation_id" integer not null,
  "user_id" integer not null,
  "read_seq" integer not null default 0,
  primary key ("conversation_id", "user_id"),
  constraint "member_conversation_id_foreign" foreign key ("conversation_id") references "conversation" ("id"),
  constraint "member_user_id_foreign" foreign key ("user_id") references "user" ("id")
)`,
    'create index "member_user_id_index" on "member" ("user_id")',
    // Without a row ID the table is its primary key: a page of history is one contiguous range.
    `create table "message" (
  "conversation_id" integer not null,
  "seq" integer not null,
  "sender_id" integer not null,
  "client_id" text null,
  "body" text not null,
  "body_hash" text not null,
  "version" integer not null,
  "created_at" datetime not null,
  "edited_at" datetime null,
  "deleted_at" datetime null,
  primary key ("conversation_id", "seq"),
  constraint "message_conversation_id_foreign" foreign key ("conversation_id") references "conversation" ("id")
) without rowid`,
    'create unique index "message_conversation_id_version_unique" on "message" ("conversation_id", "version")',
    'create unique index "message_conversation_id_sender_id_client_id_unique" on "message" ("conversation_id", "sender_id", "client_id")',
  ]
}
