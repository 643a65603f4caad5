import { Migration } from '@mikro-orm/migrations'

export class Migration20261123000301_passkey extends Migration {
  override up(): void {
    this.addSql(
      `create table \`passkey\` (\`id\` integer not null primary key autoincrement, \`user_id\` integer not null, \`credential_id\` text not null, \`public_key\` blob not null, \`counter\` integer not null, \`name\` text not null, \`created_at\` datetime not null, \`used_at\` datetime null, constraint \`passkey_user_id_foreign\` foreign key (\`user_id\`) references \`user\` (\`id\`) on delete cascade);`,
    )
    this.addSql(`create index \`passkey_user_id_index\` on \`passkey\` (\`user_id\`);`)
    this.addSql(`create unique index \`passkey_credential_id_unique\` on \`passkey\` (\`credential_id\`);`)
    this.addSql(
      `create table \`challenge\` (\`hash\` text not null primary key, \`purpose\` text not null, \`user_id\` integer null, \`expires_at\` datetime not null, constraint \`challenge_user_id_foreign\` foreign key (\`user_id\`) references \`user\` (\`id\`) on delete cascade);`,
    )
    this.addSql(`create index \`challenge_user_id_index\` on \`challenge\` (\`user_id\`);`)
    this.addSql(`create index \`challenge_expires_at_index\` on \`challenge\` (\`expires_at\`);`)
  }
}
