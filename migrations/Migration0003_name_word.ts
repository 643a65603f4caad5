import { PairedMigration } from './paired-migration.ts'

export class Migration0003_name_word extends PairedMigration {
  override mysql = `create table \`name_word\` (
  \`word\` varchar(80) not null,
  \`user_id\` int unsigned not null,
  primary key (\`word\`, \`user_id\`),
  key \`name_word_user_id_word_index\` (\`user_id\`, \`word\`),
  constraint \`name_word_user_id_foreign\` foreign key (\`user_id\`) references \`user\` (\`id\`) on delete cascade
) default character set utf8mb4 collate utf8mb4_bin engine = InnoDB`

  override sqlite = [
    `create table "name_word" (
  "word" text not null,
  "user_id" integer not null,
  primary key ("word", "user_id"),
  constraint "name_word_user_id_foreign" foreign key ("user_id") references "user" ("id") on delete cascade
)`,
    'create index "name_word_user_id_word_index" on "name_word" ("user_id", "word")',
  ]
}
