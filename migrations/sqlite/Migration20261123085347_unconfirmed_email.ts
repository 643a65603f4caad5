import { Migration } from '@mikro-orm/migrations'

/** Addresses were kept as they were typed. From now on only a confirmed one leads back in, and none of these was. */
export class Migration20261123085347_unconfirmed_email extends Migration {
  override up(): void {
    this.addSql('update `user` set `email` = null')
  }
}
