import { PairedMigration } from './paired-migration.ts'

export class Migration0004_avatar extends PairedMigration {
  override mysql = `create table \`avatar\` (
  \`user_id\` int unsigned not null,
  \`image\` blob not null,
  primary key (\`user_id\`),
  constraint \`avatar_user_id_foreign\` foreign key (\`user_id\`) references \`user\` (\`id\`) on update cascade on delete cascade
) default character set utf8mb4 collate utf8mb4_bin engine = InnoDB`

  override sqlite = [
    `create table "avatar" (
  "user_id" integer not null primary key,
  "image" blob not null,
  constraint "avatar_user_id_foreign" foreign key ("user_id") references "user" ("id") on update cascade on delete cascade
)`,
  ]
}
