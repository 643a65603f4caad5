import { Migration0001_accounts } from './Migration0001_accounts.ts'
import { Migration0002_conversations } from './Migration0002_conversations.ts'
import { Migration0003_moderation } from './Migration0003_moderation.ts'
import { Migration0004_audit_triggers } from './Migration0004_audit_triggers.ts'
import { Migration0005_job } from './Migration0005_job.ts'

/** All migrations in order, under the names that databases record. */
export const series = Object.entries({
  Migration0001_accounts,
  Migration0002_conversations,
  Migration0003_moderation,
  Migration0004_audit_triggers,
  Migration0005_job,
}).map(([name, migration]) => ({ name, class: migration }))
