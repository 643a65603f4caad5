import { Migration } from '@mikro-orm/migrations'

// One statement a migration: MySQL commits each by itself, so a crash leaves no half of one behind.
export class Migration20261123094740_avatar extends Migration {
  override up(): void {
    this.addSql(`create table \`avatar\` (
  \`user_id\` int unsigned not null,
  \`image\` blob not null,
  primary key (\`user_id\`),
  constraint \`avatar_user_id_foreign\` foreign key (\`user_id\`) references \`user\` (\`id\`) on update cascade on delete cascade
) default character set utf8mb4 collate utf8mb4_bin engine = InnoDB`)
  }

  override down(): void {
    this.addSql('drop table `avatar`')
  }
}
