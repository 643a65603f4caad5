import { PairedMigration } from './paired-migration.ts'

export class Migration0009_totp extends PairedMigration {
  override mysql = `create table \`totp\` (
  \`user_id\` int unsigned not null,
  \`secret\` varchar(32) not null,
  \`created_at\` datetime(3) not null,
  \`confirmed_at\` datetime(3) null,
  \`last_step\` int unsigned not null,
  primary key (\`user_id\`),
  constraint \`totp_user_id_foreign\` foreign key (\`user_id\`) references \`user\` (\`id\`) on update cascade on delete cascade
) default character set utf8mb4 collate utf8mb4_bin engine = InnoDB`

  override sqlite = [
    `create table "totp" (
  "user_id" integer not null primary key,
  "secret" text not null,
  "created_at" datetime not null,
  "confirmed_at" datetime null,
  "last_step" integer not null,
  constraint "totp_user_id_foreign" foreign key ("user_id") references "user" ("id") on update cascade on delete cascade
)`,
  ]
}
