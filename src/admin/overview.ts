import { sql } from 'kysely'
import manifest from '../../package.json' with { type: 'json' }
import { queryBuilder } from '../database/tables.ts'
import { countJobs } from '../jobs/counts.ts'
import type { Deps } from '../process/deps.ts'
import type { OverviewView } from './schema.ts'

const DAY = 24 * 60 * 60 * 1000

/** Returns the numbers of the overview without reading every message. */
export async function getOverview(
  deps: Deps,
  { liveConnections }: { liveConnections: number },
): Promise<OverviewView> {
  const { orm, now, bus, config } = deps
  const db = queryBuilder(orm.em.fork())
  const ago = (days: number) => new Date(now().getTime() - days * DAY)
  const people = await db
    .selectFrom('user')
    .where('deletedAt', 'is', null)
    .select(({ eb, fn }) => [
      fn.countAll().as('users'),
      fn.count(eb.case().when('createdAt', '>=', ago(7)).then(1).end()).as('newUsers'),
      fn.count('disabledAt').as('disabledUsers'),
      fn
        .count(
          eb
            .case()
            .when(eb.and([eb('role', '=', 'admin'), eb('disabledAt', 'is', null)]))
            .then(1)
            .end(),
        )
        .as('admins'),
    ])
    .executeTakeFirstOrThrow()
  const messages = await db
    .selectFrom('conversation')
    .select(({ fn }) => [fn.sum('lastSeq').as('messages')])
    .executeTakeFirstOrThrow()
  // In each conversation active in the last day: the messages after the newest older one.
  const recent = await db
    .selectFrom('conversation')
    .where('activeAt', '>=', ago(1))
    .select(({ eb, fn, selectFrom }) => {
      const older = selectFrom('message')
        .whereRef('message.conversation', '=', 'conversation.id')
        .where('message.createdAt', '<', ago(1))
        .orderBy('message.seq', 'desc')
        .limit(1)
        .select('message.seq')
      return fn.sum(eb('lastSeq', '-', fn.coalesce(older, eb.lit(0)))).as('newMessages')
    })
    .executeTakeFirstOrThrow()
  const reports = await db
    .selectFrom('report')
    .where('closedAt', 'is', null)
    .select(({ fn }) => fn.countAll().as('openReports'))
    .executeTakeFirstOrThrow()
  const version = config.databaseUrl ? sql`version()` : sql`sqlite_version()`
  const server = await db.selectNoFrom(version.as('version')).executeTakeFirstOrThrow()
  return {
    users: Number(people.users),
    newUsers: Number(people.newUsers),
    disabledUsers: Number(people.disabledUsers),
    admins: Number(people.admins),
    messages: Number(messages.messages ?? 0),
    newMessages: Number(recent.newMessages ?? 0),
    openReports: Number(reports.openReports),
    liveConnections,
    jobs: await countJobs(deps),
    version: manifest.version,
    database: `${config.databaseUrl ? 'MySQL' : 'SQLite'} ${server.version}`,
    bus: bus.kind,
    signUp: config.signUp,
    invites: config.invites,
    directory: config.directory,
    twoFactor: config.twoFactor,
  }
}
