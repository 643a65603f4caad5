import { Migration } from '@mikro-orm/migrations'

export class Migration20261123000013_message extends Migration {
  override up(): void {
    this.addSql(`create table \`message\` (
  \`conversation_id\` int unsigned not null,
  \`seq\` int unsigned not null,
  \`sender_id\` int unsigned not null,
  \`client_id\` varchar(64) null,
  \`body\` varchar(4000) not null,
  \`version\` int unsigned not null,
  \`created_at\` datetime(3) not null,
  \`edited_at\` datetime(3) null,
  \`deleted_at\` datetime(3) null,
  primary key (\`conversation_id\`, \`seq\`),
  unique key \`message_conversation_id_version_unique\` (\`conversation_id\`, \`version\`),
  unique key \`message_conversation_id_sender_id_client_id_unique\` (\`conversation_id\`, \`sender_id\`, \`client_id\`),
  constraint \`message_conversation_id_foreign\` foreign key (\`conversation_id\`) references \`conversation\` (\`id\`)
) default character set utf8mb4 collate utf8mb4_bin engine = InnoDB`)
  }
}
