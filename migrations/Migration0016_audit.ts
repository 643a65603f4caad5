import { PairedMigration } from './paired-migration.ts'

export class Migration0016_audit extends PairedMigration {
  override mysql = `create table \`audit\` (
  \`id\` int unsigned not null auto_increment primary key,
  \`at\` datetime(3) not null,
  \`actor_id\` int unsigned null,
  \`action\` varchar(40) not null,
  \`target\` varchar(40) null,
  \`subject\` int unsigned null,
  \`detail\` json not null,
  \`address\` varchar(45) null,
  key \`audit_actor_id_id_index\` (\`actor_id\`, \`id\`),
  key \`audit_action_id_index\` (\`action\`, \`id\`),
  key \`audit_subject_id_index\` (\`subject\`, \`id\`),
  key \`audit_at_index\` (\`at\`)
) default character set utf8mb4 collate utf8mb4_bin engine = InnoDB`

  override sqlite = [
    `create table "audit" (
  "id" integer not null primary key autoincrement,
  "at" datetime not null,
  "actor_id" integer null,
  "action" text not null,
  "target" text null,
  "subject" integer null,
  "detail" json not null,
  "address" text null
)`,
    'create index "audit_actor_id_id_index" on "audit" ("actor_id", "id")',
    'create index "audit_action_id_index" on "audit" ("action", "id")',
    'create index "audit_at_index" on "audit" ("at")',
    'create index "audit_subject_id_index" on "audit" ("subject", "id")',
  ]
}
