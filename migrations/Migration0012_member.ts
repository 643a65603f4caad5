import { PairedMigration } from './paired-migration.ts'

export class Migration0012_member extends PairedMigration {
  override mysql = `create table \`member\` (
  \`conversation_id\` int unsigned not null,
  \`user_id\` int unsigned not null,
  \`read_seq\` int unsigned not null default 0,
  primary key (\`conversation_id\`, \`user_id\`),
  key \`member_user_id_index\` (\`user_id\`),
  constraint \`member_conversation_id_foreign\` foreign key (\`conversation_id\`) references \`conversation\` (\`id\`) on update cascade on delete cascade,
  constraint \`member_user_id_foreign\` foreign key (\`user_id\`) references \`user\` (\`id\`) on update cascade on delete cascade
) default character set utf8mb4 collate utf8mb4_bin engine = InnoDB`

  override sqlite = [
    `create table "member" (
  "conversation_id" integer not null,
  "user_id" integer not null,
  "read_seq" integer not null default 0,
  primary key ("conversation_id", "user_id"),
  constraint "member_conversation_id_foreign" foreign key ("conversation_id") references "conversation" ("id") on update cascade on delete cascade,
  constraint "member_user_id_foreign" foreign key ("user_id") references "user" ("id") on update cascade on delete cascade
)`,
    'create index "member_user_id_index" on "member" ("user_id")',
  ]
}
