import { PairedMigration } from './paired-migration.ts'

export class Migration0015_report extends PairedMigration {
  override mysql = `create table \`report\` (
  \`id\` int unsigned not null auto_increment primary key,
  \`conversation_id\` int unsigned not null,
  \`seq\` int unsigned not null,
  \`reporter_id\` int unsigned not null,
  \`reason\` varchar(1000) not null,
  \`created_at\` datetime(3) not null,
  \`outcome\` varchar(16) null,
  \`closed_at\` datetime(3) null,
  \`closed_by_id\` int unsigned null,
  key \`report_reporter_id_index\` (\`reporter_id\`),
  key \`report_closed_at_id_index\` (\`closed_at\`, \`id\`),
  unique key \`report_conversation_id_seq_reporter_id_unique\` (\`conversation_id\`, \`seq\`, \`reporter_id\`),
  constraint \`report_conversation_id_foreign\` foreign key (\`conversation_id\`) references \`conversation\` (\`id\`) on delete cascade,
  constraint \`report_reporter_id_foreign\` foreign key (\`reporter_id\`) references \`user\` (\`id\`) on delete cascade
) default character set utf8mb4 collate utf8mb4_bin engine = InnoDB`

  override sqlite = [
    `create table "report" (
  "id" integer not null primary key autoincrement,
  "conversation_id" integer not null,
  "seq" integer not null,
  "reporter_id" integer not null,
  "reason" text not null,
  "created_at" datetime not null,
  "outcome" text null,
  "closed_at" datetime null,
  "closed_by_id" integer null,
  constraint "report_conversation_id_foreign" foreign key ("conversation_id") references "conversation" ("id") on delete cascade,
  constraint "report_reporter_id_foreign" foreign key ("reporter_id") references "user" ("id") on delete cascade
)`,
    'create index "report_reporter_id_index" on "report" ("reporter_id")',
    'create index "report_closed_at_id_index" on "report" ("closed_at", "id")',
    'create unique index "report_conversation_id_seq_reporter_id_unique" on "report" ("conversation_id", "seq", "reporter_id")',
  ]
}
