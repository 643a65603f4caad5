import { PairedMigration } from './paired-migration.ts'

export class Migration0014_block extends PairedMigration {
  override mysql = `create table \`block\` (
  \`blocker_id\` int unsigned not null,
  \`blocked_id\` int unsigned not null,
  \`created_at\` datetime(3) not null,
  primary key (\`blocker_id\`, \`blocked_id\`),
  key \`block_blocked_id_blocker_id_index\` (\`blocked_id\`, \`blocker_id\`),
  constraint \`block_blocker_id_foreign\` foreign key (\`blocker_id\`) references \`user\` (\`id\`) on update cascade on delete cascade,
  constraint \`block_blocked_id_foreign\` foreign key (\`blocked_id\`) references \`user\` (\`id\`) on update cascade on delete cascade
) default character set utf8mb4 collate utf8mb4_bin engine = InnoDB`

  override sqlite = [
    `create table "block" (
  "blocker_id" integer not null,
  "blocked_id" integer not null,
  "created_at" datetime not null,
  primary key ("blocker_id", "blocked_id"),
  constraint "block_blocker_id_foreign" foreign key ("blocker_id") references "user" ("id") on update cascade on delete cascade,
  constraint "block_blocked_id_foreign" foreign key ("blocked_id") references "user" ("id") on update cascade on delete cascade
)`,
    'create index "block_blocked_id_blocker_id_index" on "block" ("blocked_id", "blocker_id")',
  ]
}
