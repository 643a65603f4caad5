import { PairedMigration } from './paired-migration.ts'

export class Migration0013_message extends PairedMigration {
  override mysql = `create table \`message\` (
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
) default character set utf8mb4 collate utf8mb4_bin engine = InnoDB`

  override sqlite = [
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
