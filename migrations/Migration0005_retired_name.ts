import { PairedMigration } from './paired-migration.ts'

export class Migration0005_retired_name extends PairedMigration {
  override mysql = `create table \`retired_name\` (
  \`handle_hash\` varchar(64) not null,
  primary key (\`handle_hash\`)
) default character set utf8mb4 collate utf8mb4_bin engine = InnoDB`

  override sqlite = [
    `create table "retired_name" (
  "handle_hash" text not null primary key
)`,
  ]
}
