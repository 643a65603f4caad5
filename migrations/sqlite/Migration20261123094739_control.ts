import { Migration } from '@mikro-orm/migrations'

export class Migration20261123094739_control extends Migration {
  override up(): void {
    this.addSql(`create table \`retired_name\` (\`handle_hash\` text not null primary key);`)
    this.addSql(
      `create table \`avatar\` (\`user_id\` integer not null primary key, \`image\` blob not null, constraint \`avatar_user_id_foreign\` foreign key (\`user_id\`) references \`user\` (\`id\`) on update cascade on delete cascade);`,
    )
    this.addSql(`alter table \`user\` add column \`avatar\` text null;`)
    this.addSql(`alter table \`user\` add column \`deleted_at\` datetime null;`)
    this.addSql(`alter table \`session\` add column \`name\` text null;`)
  }
}
