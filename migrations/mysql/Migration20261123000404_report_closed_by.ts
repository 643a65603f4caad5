import { Migration } from '@mikro-orm/migrations'

export class Migration20261123000404_report_closed_by extends Migration {
  override up(): void {
    this.addSql('alter table `report` add column `closed_by_id` int unsigned null')
  }

  override down(): void {
    this.addSql('alter table `report` drop column `closed_by_id`')
  }
}
