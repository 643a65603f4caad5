import { Migration } from '@mikro-orm/migrations'

// One statement a migration: MySQL commits each by itself, so a crash leaves no half of one behind.
export class Migration20261123094742_session_name extends Migration {
  override up(): void {
    this.addSql('alter table `session` add `name` varchar(60) null')
  }

  override down(): void {
    this.addSql('alter table `session` drop column `name`')
  }
}
