import { PairedMigration } from './paired-migration.ts'

/** Also created before the migrations, which it protects. */
export const MYSQL_LEASE_TABLE = `create table if not exists \`lease\` (
  \`name\` varchar(40) not null,
  \`owner\` varchar(64) not null,
  \`expires_at\` datetime(3) not null,
  primary key (\`name\`)
) default character set utf8mb4 collate utf8mb4_bin engine = InnoDB`

export class Migration0005_job extends PairedMigration {
  override mysql = [
    `create table \`job\` (
  \`id\` int unsigned not null auto_increment primary key,
  \`kind\` varchar(40) not null,
  \`unique_key\` varchar(191) null,
  \`user_id\` int unsigned null,
  \`payload\` text not null,
  \`due_at\` datetime(3) not null,
  \`run_at\` datetime(3) not null,
  \`attempts\` int unsigned not null default 0,
  \`leased_until\` datetime(3) null,
  \`lease_owner\` varchar(64) null,
  \`failed_at\` datetime(3) null,
  \`last_error\` varchar(500) null,
  key \`job_user_id_index\` (\`user_id\`),
  key \`job_failed_at_run_at_id_index\` (\`failed_at\`, \`run_at\`, \`id\`),
  unique key \`job_kind_unique_key_unique\` (\`kind\`, \`unique_key\`),
  constraint \`job_user_id_foreign\` foreign key (\`user_id\`) references \`user\` (\`id\`)
) default character set utf8mb4 collate utf8mb4_bin engine = InnoDB`,
    MYSQL_LEASE_TABLE,
  ]

  override sqlite = [
    `create table "job" (
  "id" integer not null primary key autoincrement,
  "kind" text not null,
  "unique_key" text null,
  "user_id" integer null,
  "payload" text not null,
  "due_at" datetime not null,
  "run_at" datetime not null,
  "attempts" integer not null default 0,
  "leased_until" datetime null,
  "lease_owner" text null,
  "failed_at" datetime null,
  "last_error" text null,
  constraint "job_user_id_foreign" foreign key ("user_id") references "user" ("id")
)`,
    'create index "job_user_id_index" on "job" ("user_id")',
    'create index "job_failed_at_run_at_id_index" on "job" ("failed_at", "run_at", "id")',
    'create unique index "job_kind_unique_key_unique" on "job" ("kind", "unique_key")',
    `create table "lease" (
  "name" text not null primary key,
  "owner" text not null,
  "expires_at" datetime not null
)`,
  ]
}
