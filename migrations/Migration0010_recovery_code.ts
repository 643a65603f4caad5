import { PairedMigration } from './paired-migration.ts'

export class Migration0010_recovery_code extends PairedMigration {
  override mysql = `create table \`recovery_code\` (
  \`user_id\` int unsigned not null,
  \`code_hash\` varchar(64) not null,
  primary key (\`user_id\`, \`code_hash\`),
  constraint \`recovery_code_user_id_foreign\` foreign key (\`user_id\`) references \`user\` (\`id\`) on delete cascade
) default character set utf8mb4 collate utf8mb4_bin engine = InnoDB`

  override sqlite = [
    `create table "recovery_code" (
  "user_id" integer not null,
  "code_hash" text not null,
  primary key ("user_id", "code_hash"),
  constraint "recovery_code_user_id_foreign" foreign key ("user_id") references "user" ("id") on delete cascade
)`,
  ]
}
