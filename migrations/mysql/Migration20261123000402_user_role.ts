import { Migration } from '@mikro-orm/migrations'

export class Migration20261123000402_user_role extends Migration {
  override up(): void {
    this.addSql('alter table `user` add index `user_role_index` (`role`)')
  }

  override down(): void {
    this.addSql('alter table `user` drop index `user_role_index`')
  }
}
