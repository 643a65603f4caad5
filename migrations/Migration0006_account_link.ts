import { PairedMigration } from './paired-migration.ts'

export class Migration0006_account_link extends PairedMigration {
  override mysql = `create table \`account_link\` (
  \`id\` int unsigned not null auto_increment primary key,
  \`user_id\` int unsigned not null,
  \`purpose\` varchar(16) not null,
  \`token_hash\` varchar(64) not null,
  \`email\` varchar(254) null,
  \`expires_at\` datetime(3) not null,
  key \`account_link_user_id_index\` (\`user_id\`),
  unique key \`account_link_token_hash_unique\` (\`token_hash\`),
  key \`account_link_expires_at_index\` (\`expires_at\`),
  constraint \`account_link_user_id_foreign\` foreign key (\`user_id\`) references \`user\` (\`id\`) on delete cascade
) default character set utf8mb4 collate utf8mb4_bin engine = InnoDB`

  override sqlite = [
    `create table "account_link" (
  "id" integer not null primary key autoincrement,
  "user_id" integer not null,
  "purpose" text not null,
  "token_hash" text not null,
  "email" text null,
  "expires_at" datetime not null,
  constraint "account_link_user_id_foreign" foreign key ("user_id") references "user" ("id") on delete cascade
)`,
    'create index "account_link_user_id_index" on "account_link" ("user_id")',
    'create unique index "account_link_token_hash_unique" on "account_link" ("token_hash")',
    'create index "account_link_expires_at_index" on "account_link" ("expires_at")',
  ]
}
