import { Migration } from '@mikro-orm/migrations'

// One statement a migration: MySQL commits each by itself, so a crash leaves no half of one behind.
export class Migration20261123094739_retired_name extends Migration {
  override up(): void {
    this.addSql(`create table \`retired_name\` (
  \`handle_hash\` varchar(64) not null,
  primary key (\`handle_hash\`)
) default character set utf8mb4 collate utf8mb4_bin engine = InnoDB`)
  }

  override down(): void {
    this.addSql('drop table `retired_name`')
  }
}
