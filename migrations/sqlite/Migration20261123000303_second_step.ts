import { Migration } from '@mikro-orm/migrations'

export class Migration20261123000303_second_step extends Migration {
  override up(): void {
    this.addSql(
      `create table \`totp\` (\`user_id\` integer not null primary key, \`secret\` text not null, \`created_at\` datetime not null, \`confirmed_at\` datetime null, \`last_step\` integer not null, constraint \`totp_user_id_foreign\` foreign key (\`user_id\`) references \`user\` (\`id\`) on update cascade on delete cascade);`,
    )
    this.addSql(
      `create table \`recovery_code\` (\`user_id\` integer not null, \`code_hash\` text not null, primary key (\`user_id\`, \`code_hash\`), constraint \`recovery_code_user_id_foreign\` foreign key (\`user_id\`) references \`user\` (\`id\`) on delete cascade);`,
    )
  }
}
