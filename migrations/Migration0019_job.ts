import { PairedMigration } from './paired-migration.ts'

export class Migration0019_job extends PairedMigration {
  override mysql = `create table \`job\` (
  \`id\` int unsigned not null auto_increment primary key,
  \`kind\` varchar(40) not null,
  \`unique_key\` varchar(191) null,
  \`payload\` text not null,
  \`created_at\` datetime(3) not null,
  \`run_at\` datetime(3) not null,
  \`attempts\` int unsigned not null default 0,
  \`leased_until\` datetime(3) null,
  \`lease_owner\` varchar(64) null,
  \`failed_at\` datetime(3) null,
  \`last_error\` varchar(500) null,
  key \`job_run_at_id_index\` (\`run_at\`, \`id\`),
  unique key \`job_kind_unique_key_unique\` (\`kind\`, \`unique_key\`)
) default character set utf8mb4 collate utf8mb4_bin engine = InnoDB`

  override sqlite = [
    `create table "job" (
  "id" integer not null primary key autoincrement,
  "kind" text not null,
  "unique_key" text null,
  "payload" text not null,
  "created_at" datetime not null,
  "run_at" datetime not null,
  "attempts" integer not null default 0,
  "leased_until" datetime null,
  "lease_owner" text null,
  "failed_at" datetime null,
  "last_error" text null
)`,
    'create index "job_run_at_id_index" on "job" ("run_at", "id")',
    'create unique index "job_kind_unique_key_unique" on "job" ("kind", "unique_key")',
  ]
}
