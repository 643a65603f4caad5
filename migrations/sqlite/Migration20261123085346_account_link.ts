import { Migration } from '@mikro-orm/migrations'

export class Migration20261123085346_account_link extends Migration {
  override up(): void | Promise<void> {
    this.addSql(
      `create table \`account_link\` (\`id\` integer not null primary key autoincrement, \`user_id\` integer not null, \`purpose\` text check (\`purpose\` in ('reset', 'verify')) not null, \`token_hash\` text not null, \`email\` text null, \`expires_at\` datetime not null, constraint \`account_link_user_id_foreign\` foreign key (\`user_id\`) references \`user\` (\`id\`) on delete cascade);`,
    )
    this.addSql(`create index \`account_link_user_id_index\` on \`account_link\` (\`user_id\`);`)
    this.addSql(
      `create unique index \`account_link_token_hash_unique\` on \`account_link\` (\`token_hash\`);`,
    )
    this.addSql(`create index \`account_link_expires_at_index\` on \`account_link\` (\`expires_at\`);`)
  }
}
