import { Migration } from '@mikro-orm/migrations'

export class Migration20261123000403_user_created_at extends Migration {
  override up(): void {
    this.addSql('alter table `user` add index `user_created_at_index` (`created_at`)')
  }

  override down(): void {
    this.addSql('alter table `user` drop index `user_created_at_index`')
  }
}
