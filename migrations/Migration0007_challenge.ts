import { PairedMigration } from './paired-migration.ts'

export class Migration0007_challenge extends PairedMigration {
  override mysql = `create table \`challenge\` (
  \`hash\` varchar(64) not null,
  \`purpose\` varchar(16) not null,
  \`user_id\` int unsigned null,
  \`expires_at\` datetime(3) not null,
  primary key (\`hash\`),
  key \`challenge_user_id_index\` (\`user_id\`),
  key \`challenge_expires_at_index\` (\`expires_at\`),
  constraint \`challenge_user_id_foreign\` foreign key (\`user_id\`) references \`user\` (\`id\`) on delete cascade
) default character set utf8mb4 collate utf8mb4_bin engine = InnoDB`

  override sqlite = [
    `create table "challenge" (
  "hash" text not null primary key,
  "purpose" text not null,
  "user_id" integer null,
  "expires_at" datetime not null,
  constraint "challenge_user_id_foreign" foreign key ("user_id") references "user" ("id") on delete cascade
)`,
    'create index "challenge_user_id_index" on "challenge" ("user_id")',
    'create index "challenge_expires_at_index" on "challenge" ("expires_at")',
  ]
}
