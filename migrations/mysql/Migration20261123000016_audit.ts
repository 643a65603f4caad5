import { Migration } from '@mikro-orm/migrations'

export class Migration20261123000016_audit extends Migration {
  override up(): void {
    this.addSql(`create table \`audit\` (
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
) default character set utf8mb4 collate utf8mb4_bin engine = InnoDB`)
  }
}
