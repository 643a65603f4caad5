import { Migration } from '@mikro-orm/migrations'

export class Migration20261123000003_name_word extends Migration {
  override up(): void {
    this.addSql(`create table \`name_word\` (
  \`word\` varchar(80) not null,
  \`user_id\` int unsigned not null,
  primary key (\`word\`, \`user_id\`),
  key \`name_word_user_id_word_index\` (\`user_id\`, \`word\`),
  constraint \`name_word_user_id_foreign\` foreign key (\`user_id\`) references \`user\` (\`id\`) on delete cascade
) default character set utf8mb4 collate utf8mb4_bin engine = InnoDB`)
  }
}
