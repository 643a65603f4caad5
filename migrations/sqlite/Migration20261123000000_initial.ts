import { Migration } from '@mikro-orm/migrations'

export class Migration20261123000000_initial extends Migration {
  override up(): void | Promise<void> {
    this.addSql(
      `create table \`user\` (\`id\` integer not null primary key autoincrement, \`username\` text not null, \`handle\` text not null, \`display_name\` text not null, \`email\` text null, \`password_hash\` text not null, \`role\` text check (\`role\` in ('user', 'admin')) not null default 'user', \`language\` text check (\`language\` in ('en', 'zh')) null, \`theme\` text check (\`theme\` in ('light', 'dark')) null, \`zone\` text null, \`created_at\` datetime not null, \`disabled_at\` datetime null);`,
    )
    this.addSql(`create unique index \`user_handle_unique\` on \`user\` (\`handle\`);`)
    this.addSql(`create unique index \`user_email_unique\` on \`user\` (\`email\`);`)

    this.addSql(
      `create table \`session\` (\`id\` integer not null primary key autoincrement, \`user_id\` integer not null, \`secret_hash\` text not null, \`created_at\` datetime not null, \`used_at\` datetime not null, \`expires_at\` datetime not null, \`user_agent\` text not null, \`address\` text not null, constraint \`session_user_id_foreign\` foreign key (\`user_id\`) references \`user\` (\`id\`) on delete cascade);`,
    )
    this.addSql(`create index \`session_user_id_index\` on \`session\` (\`user_id\`);`)
    this.addSql(`create unique index \`session_secret_hash_unique\` on \`session\` (\`secret_hash\`);`)

    this.addSql(
      `create table \`name_word\` (\`word\` text not null, \`user_id\` integer not null, primary key (\`word\`, \`user_id\`), constraint \`name_word_user_id_foreign\` foreign key (\`user_id\`) references \`user\` (\`id\`) on delete cascade);`,
    )
    this.addSql(`create index \`name_word_user_id_word_index\` on \`name_word\` (\`user_id\`, \`word\`);`)

    this.addSql(
      `create table \`conversation\` (\`id\` integer not null primary key autoincrement, \`low_id\` integer not null, \`high_id\` integer not null, \`last_seq\` integer not null default 0, \`version\` integer not null default 0, \`active_at\` datetime null, constraint \`conversation_low_id_foreign\` foreign key (\`low_id\`) references \`user\` (\`id\`), constraint \`conversation_high_id_foreign\` foreign key (\`high_id\`) references \`user\` (\`id\`));`,
    )
    this.addSql(
      `create index \`conversation_low_id_active_at_id_index\` on \`conversation\` (\`low_id\`, \`active_at\`, \`id\`);`,
    )
    this.addSql(
      `create index \`conversation_high_id_active_at_id_index\` on \`conversation\` (\`high_id\`, \`active_at\`, \`id\`);`,
    )
    this.addSql(
      `create unique index \`conversation_low_id_high_id_unique\` on \`conversation\` (\`low_id\`, \`high_id\`);`,
    )

    // Without a row ID the table is its primary key: a page of history is one contiguous range.
    this.addSql(
      `create table \`message\` (\`conversation_id\` integer not null, \`seq\` integer not null, \`sender_id\` integer not null, \`client_id\` text null, \`body\` text not null, \`version\` integer not null, \`created_at\` datetime not null, \`edited_at\` datetime null, \`deleted_at\` datetime null, primary key (\`conversation_id\`, \`seq\`), constraint \`message_conversation_id_foreign\` foreign key (\`conversation_id\`) references \`conversation\` (\`id\`)) without rowid;`,
    )
    this.addSql(
      `create unique index \`message_conversation_id_version_unique\` on \`message\` (\`conversation_id\`, \`version\`);`,
    )
    this.addSql(
      `create unique index \`message_conversation_id_sender_id_client_id_unique\` on \`message\` (\`conversation_id\`, \`sender_id\`, \`client_id\`);`,
    )

    this.addSql(
      `create table \`member\` (\`conversation_id\` integer not null, \`user_id\` integer not null, \`read_seq\` integer not null default 0, primary key (\`conversation_id\`, \`user_id\`), constraint \`member_conversation_id_foreign\` foreign key (\`conversation_id\`) references \`conversation\` (\`id\`) on update cascade on delete cascade, constraint \`member_user_id_foreign\` foreign key (\`user_id\`) references \`user\` (\`id\`) on update cascade on delete cascade);`,
    )
    this.addSql(`create index \`member_user_id_index\` on \`member\` (\`user_id\`);`)
  }
}
