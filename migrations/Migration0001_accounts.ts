import { PairedMigration } from './paired-migration.ts'

export class Migration0001_accounts extends PairedMigration {
  override mysql = [
    `create table \`user\` (
  \`id\` int unsigned not null auto_increment primary key,
  \`username\` varchar(32) not null,
  \`handle\` varchar(32) not null,
  \`display_name\` varchar(80) not null,
  \`email\` varchar(254) null,
  \`password_hash\` varchar(255) not null,
  \`role\` varchar(16) not null default 'user',
  \`language\` varchar(16) null,
  \`theme\` varchar(16) null,
  \`zone\` varchar(64) null,
  \`avatar\` varchar(32) null,
  \`text_bytes\` bigint not null default '0',
  \`created_at\` datetime(3) not null,
  \`disabled_at\` datetime(3) null,
  \`deleted_at\` datetime(3) null,
  unique key \`user_handle_unique\` (\`handle\`),
  unique key \`user_email_unique\` (\`email\`),
  key \`user_role_index\` (\`role\`),
  key \`user_created_at_index\` (\`created_at\`)
) default character set utf8mb4 collate utf8mb4_bin engine = InnoDB`,
    `create table \`session\` (
  \`id\` int unsigned not null auto_increment primary key,
  \`user_id\` int unsigned not null,
  \`secret_hash\` varchar(64) not null,
  \`created_at\` datetime(3) not null,
  \`used_at\` datetime(3) not null,
  \`expires_at\` datetime(3) not null,
  \`user_agent\` varchar(255) not null,
  \`address\` varchar(45) not null,
  \`name\` varchar(60) null,
  \`identity_hash\` varchar(64) null,
  \`provider_session_hash\` varchar(64) null,
  key \`session_user_id_index\` (\`user_id\`),
  unique key \`session_secret_hash_unique\` (\`secret_hash\`),
  key \`session_expires_at_index\` (\`expires_at\`),
  key \`session_identity_hash_index\` (\`identity_hash\`),
  key \`session_provider_session_hash_index\` (\`provider_session_hash\`),
  constraint \`session_user_id_foreign\` foreign key (\`user_id\`) references \`user\` (\`id\`)
) default character set utf8mb4 collate utf8mb4_bin engine = InnoDB`,
    `create table \`name_word\` (
  \`word\` varchar(80) not null,
  \`user_id\` int unsigned not null,
  primary key (\`word\`, \`user_id\`),
  key \`name_word_user_id_word_index\` (\`user_id\`, \`word\`),
  constraint \`name_word_user_id_foreign\` foreign key (\`user_id\`) references \`user\` (\`id\`)
) default character set utf8mb4 collate utf8mb4_bin engine = InnoDB`,
    `create table \`avatar\` (
  \`user_id\` int unsigned not null,
  \`image\` blob not null,
  primary key (\`user_id\`),
  constraint \`avatar_user_id_foreign\` foreign key (\`user_id\`) references \`user\` (\`id\`)
) default character set utf8mb4 collate utf8mb4_bin engine = InnoDB`,
    `create table \`retired_name\` (
  \`handle_hash\` varchar(64) not null,
  \`user\` int unsigned not null,
  primary key (\`handle_hash\`)
) default character set utf8mb4 collate utf8mb4_bin engine = InnoDB`,
    `create table \`account_link\` (
  \`id\` int unsigned not null auto_increment primary key,
  \`user_id\` int unsigned not null,
  \`purpose\` varchar(16) not null,
  \`token_hash\` varchar(64) not null,
  \`email\` varchar(254) null,
  \`expires_at\` datetime(3) not null,
  key \`account_link_user_id_index\` (\`user_id\`),
  unique key \`account_link_token_hash_unique\` (\`token_hash\`),
  key \`account_link_expires_at_index\` (\`expires_at\`),
  constraint \`account_link_user_id_foreign\` foreign key (\`user_id\`) references \`user\` (\`id\`)
) default character set utf8mb4 collate utf8mb4_bin engine = InnoDB`,
    `create table \`challenge\` (
  \`hash\` varchar(64) not null,
  \`purpose\` varchar(16) not null,
  \`user_id\` int unsigned null,
  \`expires_at\` datetime(3) not null,
  primary key (\`hash\`),
  key \`challenge_user_id_index\` (\`user_id\`),
  key \`challenge_expires_at_index\` (\`expires_at\`),
  constraint \`challenge_user_id_foreign\` foreign key (\`user_id\`) references \`user\` (\`id\`)
) default character set utf8mb4 collate utf8mb4_bin engine = InnoDB`,
    `create table \`passkey\` (
  \`id\` int unsigned not null auto_increment primary key,
  \`user_id\` int unsigned not null,
  \`credential_id\` varchar(512) not null,
  \`public_key\` blob not null,
  \`counter\` int unsigned not null,
  \`name\` varchar(60) not null,
  \`created_at\` datetime(3) not null,
  \`used_at\` datetime(3) null,
  key \`passkey_user_id_index\` (\`user_id\`),
  unique key \`passkey_credential_id_unique\` (\`credential_id\`),
  constraint \`passkey_user_id_foreign\` foreign key (\`user_id\`) references \`user\` (\`id\`)
) default character set utf8mb4 collate utf8mb4_bin engine = InnoDB`,
    `create table \`totp\` (
  \`user_id\` int unsigned not null,
  \`secret\` varchar(32) not null,
  \`created_at\` datetime(3) not null,
  \`confirmed_at\` datetime(3) null,
  \`last_step\` int unsigned not null,
  primary key (\`user_id\`),
  constraint \`totp_user_id_foreign\` foreign key (\`user_id\`) references \`user\` (\`id\`)
) default character set utf8mb4 collate utf8mb4_bin engine = InnoDB`,
    `create table \`identity\` (
  \`issuer\` varchar(255) not null,
  \`subject\` varchar(255) not null,
  \`user_id\` int unsigned not null,
  \`created_at\` datetime(3) not null,
  primary key (\`issuer\`, \`subject\`),
  key \`identity_user_id_index\` (\`user_id\`),
  constraint \`identity_user_id_foreign\` foreign key (\`user_id\`) references \`user\` (\`id\`)
) default character set utf8mb4 collate utf8mb4_bin engine = InnoDB`,
    `create table \`recovery_code\` (
  \`user_id\` int unsigned not null,
  \`code_hash\` varchar(64) not null,
  primary key (\`user_id\`, \`code_hash\`),
  constraint \`recovery_code_user_id_foreign\` foreign key (\`user_id\`) references \`user\` (\`id\`)
) default character set utf8mb4 collate utf8mb4_bin engine = InnoDB`,
    `create table \`invite\` (
  \`id\` int unsigned not null auto_increment primary key,
  \`creator_id\` int unsigned not null,
  \`token_hash\` varchar(64) not null,
  \`name\` varchar(60) null,
  \`uses\` int unsigned not null,
  \`used\` int unsigned not null,
  \`created_at\` datetime(3) not null,
  \`expires_at\` datetime(3) not null,
  key \`invite_creator_id_index\` (\`creator_id\`),
  unique key \`invite_token_hash_unique\` (\`token_hash\`),
  key \`invite_expires_at_index\` (\`expires_at\`),
  constraint \`invite_creator_id_foreign\` foreign key (\`creator_id\`) references \`user\` (\`id\`)
) default character set utf8mb4 collate utf8mb4_bin engine = InnoDB`,
    `create table \`invited_user\` (
  \`user_id\` int unsigned not null,
  \`inviter_id\` int unsigned not null,
  primary key (\`user_id\`),
  key \`invited_user_inviter_id_index\` (\`inviter_id\`),
  constraint \`invited_user_user_id_foreign\` foreign key (\`user_id\`) references \`user\` (\`id\`),
  constraint \`invited_user_inviter_id_foreign\` foreign key (\`inviter_id\`) references \`user\` (\`id\`)
) default character set utf8mb4 collate utf8mb4_bin engine = InnoDB`,
  ]

  override sqlite = [
    `create table "user" (
  "id" integer not null primary key autoincrement,
  "username" text not null,
  "handle" text not null,
  "display_name" text not null,
  "email" text null,
  "password_hash" text not null,
  "role" text not null default 'user',
  "language" text null,
  "theme" text null,
  "zone" text null,
  "avatar" text null,
  "text_bytes" bigint not null default '0',
  "created_at" datetime not null,
  "disabled_at" datetime null,
  "deleted_at" datetime null
)`,
    'create unique index "user_handle_unique" on "user" ("handle")',
    'create unique index "user_email_unique" on "user" ("email")',
    'create index "user_role_index" on "user" ("role")',
    'create index "user_created_at_index" on "user" ("created_at")',
    `create table "session" (
  "id" integer not null primary key autoincrement,
  "user_id" integer not null,
  "secret_hash" text not null,
  "created_at" datetime not null,
  "used_at" datetime not null,
  "expires_at" datetime not null,
  "user_agent" text not null,
  "address" text not null,
  "name" text null,
  "identity_hash" text null,
  "provider_session_hash" text null,
  constraint "session_user_id_foreign" foreign key ("user_id") references "user" ("id")
)`,
    'create index "session_user_id_index" on "session" ("user_id")',
    'create unique index "session_secret_hash_unique" on "session" ("secret_hash")',
    'create index "session_expires_at_index" on "session" ("expires_at")',
    'create index "session_identity_hash_index" on "session" ("identity_hash")',
    'create index "session_provider_session_hash_index" on "session" ("provider_session_hash")',
    `create table "name_word" (
  "word" text not null,
  "user_id" integer not null,
  primary key ("word", "user_id"),
  constraint "name_word_user_id_foreign" foreign key ("user_id") references "user" ("id")
)`,
    'create index "name_word_user_id_word_index" on "name_word" ("user_id", "word")',
    `create table "avatar" (
  "user_id" integer not null primary key,
  "image" blob not null,
  constraint "avatar_user_id_foreign" foreign key ("user_id") references "user" ("id")
)`,
    `create table "retired_name" (
  "handle_hash" text not null primary key,
  "user" integer not null
)`,
    `create table "account_link" (
  "id" integer not null primary key autoincrement,
  "user_id" integer not null,
  "purpose" text not null,
  "token_hash" text not null,
  "email" text null,
  "expires_at" datetime not null,
  constraint "account_link_user_id_foreign" foreign key ("user_id") references "user" ("id")
)`,
    'create index "account_link_user_id_index" on "account_link" ("user_id")',
    'create unique index "account_link_token_hash_unique" on "account_link" ("token_hash")',
    'create index "account_link_expires_at_index" on "account_link" ("expires_at")',
    `create table "challenge" (
  "hash" text not null primary key,
  "purpose" text not null,
  "user_id" integer null,
  "expires_at" datetime not null,
  constraint "challenge_user_id_foreign" foreign key ("user_id") references "user" ("id")
)`,
    'create index "challenge_user_id_index" on "challenge" ("user_id")',
    'create index "challenge_expires_at_index" on "challenge" ("expires_at")',
    `create table "passkey" (
  "id" integer not null primary key autoincrement,
  "user_id" integer not null,
  "credential_id" text not null,
  "public_key" blob not null,
  "counter" integer not null,
  "name" text not null,
  "created_at" datetime not null,
  "used_at" datetime null,
  constraint "passkey_user_id_foreign" foreign key ("user_id") references "user" ("id")
)`,
    'create index "passkey_user_id_index" on "passkey" ("user_id")',
    'create unique index "passkey_credential_id_unique" on "passkey" ("credential_id")',
    `create table "totp" (
  "user_id" integer not null primary key,
  "secret" text not null,
  "created_at" datetime not null,
  "confirmed_at" datetime null,
  "last_step" integer not null,
  constraint "totp_user_id_foreign" foreign key ("user_id") references "user" ("id")
)`,
    `create table "identity" (
  "issuer" text not null,
  "subject" text not null,
  "user_id" integer not null,
  "created_at" datetime not null,
  primary key ("issuer", "subject"),
  constraint "identity_user_id_foreign" foreign key ("user_id") references "user" ("id")
)`,
    'create index "identity_user_id_index" on "identity" ("user_id")',
    `create table "recovery_code" (
  "user_id" integer not null,
  "code_hash" text not null,
  primary key ("user_id", "code_hash"),
  constraint "recovery_code_user_id_foreign" foreign key ("user_id") references "user" ("id")
)`,
    `create table "invite" (
  "id" integer not null primary key autoincrement,
  "creator_id" integer not null,
  "token_hash" text not null,
  "name" text null,
  "uses" integer not null,
  "used" integer not null,
  "created_at" datetime not null,
  "expires_at" datetime not null,
  constraint "invite_creator_id_foreign" foreign key ("creator_id") references "user" ("id")
)`,
    'create index "invite_creator_id_index" on "invite" ("creator_id")',
    'create unique index "invite_token_hash_unique" on "invite" ("token_hash")',
    'create index "invite_expires_at_index" on "invite" ("expires_at")',
    `create table "invited_user" (
  "user_id" integer not null primary key,
  "inviter_id" integer not null,
  constraint "invited_user_user_id_foreign" foreign key ("user_id") references "user" ("id"),
  constraint "invited_user_inviter_id_foreign" foreign key ("inviter_id") references "user" ("id")
)`,
    'create index "invited_user_inviter_id_index" on "invited_user" ("inviter_id")',
  ]
}
