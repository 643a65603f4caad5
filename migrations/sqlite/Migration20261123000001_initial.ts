import { Migration } from '@mikro-orm/migrations'

export class Migration20261123000001_initial extends Migration {
  override up(): void {
    this.addSql(`create table "user" (
  "id" integer not null primary key autoincrement,
  "username" text not null,
  "handle" text not null,
  "display_name" text not null,
  "email" text null,
  "password_hash" text not null,
  "role" text check ("role" in ('user', 'admin')) not null default 'user',
  "language" text check ("language" in ('en', 'zh')) null,
  "theme" text check ("theme" in ('light', 'dark')) null,
  "zone" text null,
  "avatar" text null,
  "created_at" datetime not null,
  "disabled_at" datetime null,
  "deleted_at" datetime null
)`)
    this.addSql('create unique index "user_handle_unique" on "user" ("handle")')
    this.addSql('create unique index "user_email_unique" on "user" ("email")')
    this.addSql('create index "user_role_index" on "user" ("role")')
    this.addSql('create index "user_created_at_index" on "user" ("created_at")')

    this.addSql(`create table "session" (
  "id" integer not null primary key autoincrement,
  "user_id" integer not null,
  "secret_hash" text not null,
  "created_at" datetime not null,
  "used_at" datetime not null,
  "expires_at" datetime not null,
  "user_agent" text not null,
  "address" text not null,
  "name" text null,
  constraint "session_user_id_foreign" foreign key ("user_id") references "user" ("id") on delete cascade
)`)
    this.addSql('create index "session_user_id_index" on "session" ("user_id")')
    this.addSql('create unique index "session_secret_hash_unique" on "session" ("secret_hash")')

    this.addSql(`create table "name_word" (
  "word" text not null,
  "user_id" integer not null,
  primary key ("word", "user_id"),
  constraint "name_word_user_id_foreign" foreign key ("user_id") references "user" ("id") on delete cascade
)`)
    this.addSql('create index "name_word_user_id_word_index" on "name_word" ("user_id", "word")')

    this.addSql(`create table "avatar" (
  "user_id" integer not null primary key,
  "image" blob not null,
  constraint "avatar_user_id_foreign" foreign key ("user_id") references "user" ("id") on update cascade on delete cascade
)`)

    this.addSql(`create table "retired_name" (
  "handle_hash" text not null primary key
)`)

    this.addSql(`create table "account_link" (
  "id" integer not null primary key autoincrement,
  "user_id" integer not null,
  "purpose" text check ("purpose" in ('reset', 'verify')) not null,
  "token_hash" text not null,
  "email" text null,
  "expires_at" datetime not null,
  constraint "account_link_user_id_foreign" foreign key ("user_id") references "user" ("id") on delete cascade
)`)
    this.addSql('create index "account_link_user_id_index" on "account_link" ("user_id")')
    this.addSql('create unique index "account_link_token_hash_unique" on "account_link" ("token_hash")')
    this.addSql('create index "account_link_expires_at_index" on "account_link" ("expires_at")')

    this.addSql(`create table "challenge" (
  "hash" text not null primary key,
  "purpose" text not null,
  "user_id" integer null,
  "expires_at" datetime not null,
  constraint "challenge_user_id_foreign" foreign key ("user_id") references "user" ("id") on delete cascade
)`)
    this.addSql('create index "challenge_user_id_index" on "challenge" ("user_id")')
    this.addSql('create index "challenge_expires_at_index" on "challenge" ("expires_at")')

    this.addSql(`create table "passkey" (
  "id" integer not null primary key autoincrement,
  "user_id" integer not null,
  "credential_id" text not null,
  "public_key" blob not null,
  "counter" integer not null,
  "name" text not null,
  "created_at" datetime not null,
  "used_at" datetime null,
  constraint "passkey_user_id_foreign" foreign key ("user_id") references "user" ("id") on delete cascade
)`)
    this.addSql('create index "passkey_user_id_index" on "passkey" ("user_id")')
    this.addSql('create unique index "passkey_credential_id_unique" on "passkey" ("credential_id")')

    this.addSql(`create table "totp" (
  "user_id" integer not null primary key,
  "secret" text not null,
  "created_at" datetime not null,
  "confirmed_at" datetime null,
  "last_step" integer not null,
  constraint "totp_user_id_foreign" foreign key ("user_id") references "user" ("id") on update cascade on delete cascade
)`)

    this.addSql(`create table "recovery_code" (
  "user_id" integer not null,
  "code_hash" text not null,
  primary key ("user_id", "code_hash"),
  constraint "recovery_code_user_id_foreign" foreign key ("user_id") references "user" ("id") on delete cascade
)`)

    this.addSql(`create table "conversation" (
  "id" integer not null primary key autoincrement,
  "low_id" integer not null,
  "high_id" integer not null,
  "last_seq" integer not null default 0,
  "version" integer not null default 0,
  "active_at" datetime null,
  constraint "conversation_low_id_foreign" foreign key ("low_id") references "user" ("id"),
  constraint "conversation_high_id_foreign" foreign key ("high_id") references "user" ("id")
)`)
    this.addSql(
      'create index "conversation_low_id_active_at_id_index" on "conversation" ("low_id", "active_at", "id")',
    )
    this.addSql(
      'create index "conversation_high_id_active_at_id_index" on "conversation" ("high_id", "active_at", "id")',
    )
    this.addSql(
      'create unique index "conversation_low_id_high_id_unique" on "conversation" ("low_id", "high_id")',
    )

    this.addSql(`create table "member" (
  "conversation_id" integer not null,
  "user_id" integer not null,
  "read_seq" integer not null default 0,
  primary key ("conversation_id", "user_id"),
  constraint "member_conversation_id_foreign" foreign key ("conversation_id") references "conversation" ("id") on update cascade on delete cascade,
  constraint "member_user_id_foreign" foreign key ("user_id") references "user" ("id") on update cascade on delete cascade
)`)
    this.addSql('create index "member_user_id_index" on "member" ("user_id")')

    // Without a row ID the table is its primary key: a page of history is one contiguous range.
    this.addSql(`create table "message" (
  "conversation_id" integer not null,
  "seq" integer not null,
  "sender_id" integer not null,
  "client_id" text null,
  "body" text not null,
  "version" integer not null,
  "created_at" datetime not null,
  "edited_at" datetime null,
  "deleted_at" datetime null,
  primary key ("conversation_id", "seq"),
  constraint "message_conversation_id_foreign" foreign key ("conversation_id") references "conversation" ("id")
) without rowid`)
    this.addSql(
      'create unique index "message_conversation_id_version_unique" on "message" ("conversation_id", "version")',
    )
    this.addSql(
      'create unique index "message_conversation_id_sender_id_client_id_unique" on "message" ("conversation_id", "sender_id", "client_id")',
    )

    this.addSql(`create table "block" (
  "blocker_id" integer not null,
  "blocked_id" integer not null,
  "created_at" datetime not null,
  primary key ("blocker_id", "blocked_id"),
  constraint "block_blocker_id_foreign" foreign key ("blocker_id") references "user" ("id") on update cascade on delete cascade,
  constraint "block_blocked_id_foreign" foreign key ("blocked_id") references "user" ("id") on update cascade on delete cascade
)`)
    this.addSql('create index "block_blocked_id_blocker_id_index" on "block" ("blocked_id", "blocker_id")')

    this.addSql(`create table "report" (
  "id" integer not null primary key autoincrement,
  "conversation_id" integer not null,
  "seq" integer not null,
  "reporter_id" integer not null,
  "reason" text not null,
  "created_at" datetime not null,
  "outcome" text check ("outcome" in ('dismissed', 'deleted', 'disabled')) null,
  "closed_at" datetime null,
  "closed_by_id" integer null,
  constraint "report_conversation_id_foreign" foreign key ("conversation_id") references "conversation" ("id") on delete cascade,
  constraint "report_reporter_id_foreign" foreign key ("reporter_id") references "user" ("id") on delete cascade
)`)
    this.addSql('create index "report_reporter_id_index" on "report" ("reporter_id")')
    this.addSql('create index "report_closed_at_id_index" on "report" ("closed_at", "id")')
    this.addSql(
      'create unique index "report_conversation_id_seq_reporter_id_unique" on "report" ("conversation_id", "seq", "reporter_id")',
    )

    this.addSql(`create table "audit" (
  "id" integer not null primary key autoincrement,
  "at" datetime not null,
  "actor_id" integer null,
  "action" text not null,
  "target" text null,
  "subject" integer null,
  "detail" json not null,
  "address" text null
)`)
    this.addSql('create index "audit_actor_id_id_index" on "audit" ("actor_id", "id")')
    this.addSql('create index "audit_action_id_index" on "audit" ("action", "id")')
    this.addSql('create index "audit_at_index" on "audit" ("at")')
    this.addSql('create index "audit_subject_id_index" on "audit" ("subject", "id")')

    for (const change of ['update', 'delete']) {
      this.addSql(
        `create trigger "audit_no_${change}" before ${change} on "audit" begin select raise(abort, 'the audit log is append-only'); end`,
      )
    }
  }
}
