import { Migration } from '@mikro-orm/migrations'

// One statement a migration: MySQL commits each by itself, so a crash leaves no half of one behind.
export class Migration20261123094741_user_avatar_deleted extends Migration {
  override up(): void {
    this.addSql('alter table `user` add `avatar` varchar(32) null, add `deleted_at` datetime(3) null')
  }

  override down(): void {
    this.addSql('alter table `user` drop column `avatar`, drop column `deleted_at`')
  }
}
