import { PairedMigration } from './paired-migration.ts'

export class Migration0003_moderation extends PairedMigration {
  override mysql = [
    `create table \`block\` (
  \`blocker_id\` int unsigned not null,
  \`blocked_id\` int unsigned not null,
  \`created_at\` datetime(3) not null,
  primary key (\`blocker_id\`, \`blocked_id\`),
  key \`block_blocked_id_blocker_id_index\` (\`blocked_id\`, \`blocker_id\`),
  constraint \`block_blocker_id_foreign\` foreign key (\`blocker_id\`) references \`user\` (\`id\`),
  constraint \`block_blocked_id_foreign\` foreign key (\`blocked_id\`) references \`user\` (\`id\`)
) default character set utf8mb4 collate utf8mb4_bin engine = InnoDB`,
    `create table \`report\` (
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
  constraint \`report_conversation_id_foreign\` foreign key (\`conversation_id\`) references \`conversation\` (\`id\`),
  constraint \`report_reporter_id_foreign\` foreign key (\`reporter_id\`) references \`user\` (\`id\`)
) default character set utf8mb4 collate utf8mb4_bin engine = InnoDB`,
    `create table \`audit\` (
  \`id\` int unsigned not null auto_increment primary key,
  \`at\` datetime(3) not null,
  \`actor_id\` int unsigned null,
  \`action\` varchar(40) not null,
  \`target\` varchar(40) null,
  \`subject\` int unsigned null,
  \`detail\` json not null,
  \`address\` varchar(45) null,
  key \`audit_actor_id_id_index\` (\`actor_id\`, \`id\`),
  key \`audit_action_id_index\` (\`action\`, \`id\`),
  key \`audit_subject_id_index\` (\`subject\`, \`id\`),
  key \`audit_at_index\` (\`at\`)
) default character set utf8mb4 collate utf8mb4_bin engine = InnoDB`,
  ]

  override sqlite = [
    `create table "block" (
  "blocker_id" integer not null,
  "blocked_id" integer not null,
  "created_at" datetime not null,
  primary key ("blocker_id", "blocked_id"),
  constraint "block_blocker_id_foreign" foreign key ("blocker_id") references "user" ("id"),
  constraint "block_blocked_id_foreign" foreign key ("blocked_id") references "user" ("id")
)`,
    'create index "block_blocked_id_blocker_id_index" on "block" ("blocked_id", "blocker_id")',
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
  constraint "report_conversation_id_foreign" foreign key ("conversation_id") references "conversation" ("id"),
  constraint "report_reporter_id_foreign" foreign key ("reporter_id") references "user" ("id")
)`,
    'create index "report_reporter_id_index" on "report" ("reporter_id")',
    'create index "report_closed_at_id_index" on "report" ("closed_at", "id")',
    'create unique index "report_conversation_id_seq_reporter_id_unique" on "report" ("conversation_id", "seq", "reporter_id")',
    `create table "audit" (
  "id" integer not null primary key autoincrement,
  "at" datetime not null,
  "actor_id" integer null,
  "action" text not null,
  "target" text null,
  "subject" integer null,
  "detail" json not null,
  "address" text null
)`,
    'create index "audit_actor_id_id_index" on "audit" ("actor_id", "id")',
    'create index "audit_action_id_index" on "audit" ("action", "id")',
    'create index "audit_at_index" on "audit" ("at")',
    'create index "audit_subject_id_index" on "audit" ("subject", "id")',
  ]
}
