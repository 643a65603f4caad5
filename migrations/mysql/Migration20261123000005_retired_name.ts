import { Migration } from '@mikro-orm/migrations'

export class Migration20261123000005_retired_name extends Migration {
  override up(): void {
    this.addSql(`create table \`retired_name\` (
  \`handle_hash\` varchar(64) not null,
  primary key (\`handle_hash\`)
) default character set utf8mb4 collate utf8mb4_bin engine = InnoDB`)
  }
}
