import { Migration } from '@mikro-orm/migrations'

export class Migration20261123000004_avatar extends Migration {
  override up(): void {
    this.addSql(`create table \`avatar\` (
  \`user_id\` int unsigned not null,
  \`image\` blob not null,
  primary key (\`user_id\`),
  constraint \`avatar_user_id_foreign\` foreign key (\`user_id\`) references \`user\` (\`id\`) on update cascade on delete cascade
) default character set utf8mb4 collate utf8mb4_bin engine = InnoDB`)
  }
}
