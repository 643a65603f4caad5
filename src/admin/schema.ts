import type { SchemaOptions } from '@sinclair/typebox'
import { type Static, t } from 'elysia'
import { Invite } from '../accounts/invites/schema.ts'
import { SignedInSession } from '../accounts/sessions/schema.ts'
import { DIRECTORY, INVITES, SIGN_UP, TWO_FACTOR } from '../accounts/sign-in/limits.ts'
import { Username } from '../accounts/users/schema.ts'
import { Instant, pageSchema } from '../http/schema.ts'
import { Message } from '../messages/schema.ts'
import { OUTCOMES } from '../moderation/schema.ts'

/** One of these words, without a default: Elysia would use the first one. */
export function oneOf<const Words extends NonEmpty>(words: Words, options: SchemaOptions = {}) {
  const schema = t.UnionEnum(words, options)
  delete schema.default
  return schema
}
type NonEmpty = readonly [string, ...string[]]

const at = { format: 'date-time', maxLength: 40 }
export const Since = t.Optional(
  t.String({ ...at, description: 'The earliest time, inclusive.', examples: ['2026-11-01T00:00:00.000Z'] }),
)
export const Until = t.Optional(
  t.String({ ...at, description: 'The latest time, exclusive.', examples: ['2026-12-01T00:00:00.000Z'] }),
)

export const ROLES = ['user', 'admin'] as const
export const Role = oneOf(ROLES, { description: 'An `admin` can use all operations of the administration.' })

/** States of an account. A deleted one remains as a tombstone without a name. */
export const STATES = ['active', 'disabled', 'deleted'] as const

/** Sort orders of users; `-` is descending. */
export const SORTS = [
  ...(['createdAt', 'username', 'displayName', 'email'] as const),
  ...(['-createdAt', '-username', '-displayName', '-email'] as const),
] as const
export type Sort = (typeof SORTS)[number]
export type Column = 'createdAt' | 'username' | 'displayName' | 'email'

/** A user, as administrators see them. */
export const AdminUser = t.Object(
  {
    username: Username,
    displayName: t.String({ examples: ['Ada Lovelace'] }),
    email: t.Nullable(t.String({ examples: ['ada@example.org'] })),
    role: Role,
    createdAt: Instant,
    lastSeenAt: t.Nullable(Instant, {
      description: 'Accurate to five minutes; null without a session.',
    }),
    invitedBy: t.Nullable(
      t.String({ examples: ['grace'], description: 'Whose invite the user signed up with, if any.' }),
    ),
    twoFactor: t.Boolean({
      examples: [false],
      description: 'Whether signing in with the password requires a code.',
    }),
    disabledAt: t.Nullable(Instant, { examples: [null] }),
    deletedAt: t.Nullable(Instant, { examples: [null], description: 'When the owner deleted the account.' }),
  },
  { title: 'AdminUser', description: 'A user, as administrators see them.', additionalProperties: false },
)
export type AdminUserView = Static<typeof AdminUser>

export const AdminUserPage = pageSchema(AdminUser, {
  title: 'AdminUserPage',
  description: 'One page of accounts.',
})
export type AdminUserPageView = Static<typeof AdminUserPage>

/** Actions on several accounts at once. */
export const MASS_ACTIONS = ['disable', 'enable', 'end-sessions'] as const
export type MassAction = (typeof MASS_ACTIONS)[number]

const AdminSession = t.Object(
  {
    ...SignedInSession.properties,
    usedAt: t.Nullable(Instant, {
      description: 'The last use, accurate to five minutes; null for an API token before its first use.',
    }),
    name: t.Nullable(
      t.String({ examples: [null], description: 'Name of an API token; null for other sessions.' }),
    ),
  },
  {
    title: 'AdminSession',
    description: 'A session of a user: a browser, API client or API token.',
    additionalProperties: false,
  },
)

export const AdminSessionPage = pageSchema(AdminSession, {
  title: 'AdminSessionPage',
  description: 'One page of sessions and API tokens, newest first.',
})
export type AdminSessionPageView = Static<typeof AdminSessionPage>

const AdminInvite = t.Object(
  { ...Invite.properties, creator: t.String({ ...Username, description: 'Who invites.' }) },
  { title: 'AdminInvite', description: 'An invite of any user.', additionalProperties: false },
)

export const AdminInvitePage = pageSchema(AdminInvite, {
  title: 'AdminInvitePage',
  description: 'One page of invites, newest first.',
})
export type AdminInvitePageView = Static<typeof AdminInvitePage>

const report = {
  id: t.String({ description: 'Opaque.', examples: ['3'] }),
  reporter: { ...Username, examples: ['grace'] },
  author: t.String({ ...Username, description: 'The author of the message.' }),
  message: t.String({ description: '`id` of the message.', examples: ['17-42'] }),
  reason: t.String({ examples: ['Spam.'] }),
  createdAt: Instant,
  outcome: t.Nullable(oneOf(OUTCOMES, { description: 'null while the report is open.' })),
  closedAt: t.Nullable(Instant),
  closedBy: t.Nullable(t.String({ examples: ['root'] })),
}
export const AdminReport = t.Object(report, {
  title: 'AdminReport',
  description: 'A report and its decision.',
  additionalProperties: false,
})
export type AdminReportView = Static<typeof AdminReport>

export const AdminReportPage = pageSchema(AdminReport, {
  title: 'AdminReportPage',
  description: 'One page of reports: open ones oldest first, closed ones most recently closed first.',
})
export type AdminReportPageView = Static<typeof AdminReportPage>

export const ReadReport = t.Object(
  {
    ...report,
    messages: t.Array(Message, { description: 'The message, with up to five messages before and after it.' }),
  },
  {
    title: 'ReadReport',
    description: 'A report, with the message and the ones around it.',
    additionalProperties: false,
  },
)
export type ReadReportView = Static<typeof ReadReport>

const JobCount = t.Object(
  {
    kind: t.String({ examples: ['mail'] }),
    waiting: t.Integer({ examples: [2], description: 'Due, running or being retried.' }),
    failed: t.Integer({ examples: [0], description: 'Given up. Deleted a week later.' }),
    oldest: t.Nullable(Instant, {
      description: 'When the oldest waiting job was due; null when none is waiting.',
    }),
  },
  { title: 'JobCount', description: 'Background jobs of one kind.', additionalProperties: false },
)

export const Overview = t.Object(
  {
    users: t.Integer({ examples: [120], description: 'Accounts, without deleted ones.' }),
    newUsers: t.Integer({ examples: [4], description: 'In the last seven days.' }),
    disabledUsers: t.Integer({ examples: [1] }),
    admins: t.Integer({ examples: [2] }),
    messages: t.Integer({
      examples: [48_213],
      description: 'All messages ever sent, including deleted ones.',
    }),
    newMessages: t.Integer({ examples: [310], description: 'In the last 24 hours.' }),
    openReports: t.Integer({ examples: [0] }),
    liveConnections: t.Integer({ examples: [37], description: 'To the process that serves this request.' }),
    jobs: t.Array(JobCount, { description: 'Kinds of background jobs that are waiting or have failed.' }),
    version: t.String({ examples: ['0.1.0'] }),
    database: t.String({ examples: ['SQLite 3.51.0'] }),
    bus: oneOf(['memory', 'redis']),
    signUp: oneOf(SIGN_UP, { description: 'Who may create an account: the setting `SIGN_UP`.' }),
    invites: oneOf(INVITES, { description: 'Who may invite people: the setting `INVITES`.' }),
    directory: oneOf(DIRECTORY, { description: 'Whom people find: the setting `DIRECTORY`.' }),
    twoFactor: oneOf(TWO_FACTOR, { description: 'Who must have a second factor: the setting `TWO_FACTOR`.' }),
  },
  { title: 'Overview', description: 'Numbers and server state.', additionalProperties: false },
)
export type OverviewView = Static<typeof Overview>

/** Actions in the audit log. Texts use these keys. */
export const ACTIONS = [
  'user.created',
  'user.changed',
  'user.promoted',
  'user.demoted',
  'user.disabled',
  'user.enabled',
  'user.password',
  'user.reset-link',
  'user.two-factor-off',
  'user.sessions-ended',
  'user.signed-out-by-provider',
  'invite.created',
  'invite.revoked',
  'report.read',
  'report.dismissed',
  'report.deleted',
  'report.disabled',
  'message.searched',
  'message.read',
] as const
export type Action = (typeof ACTIONS)[number]

const TARGETS = ['user', 'report', 'message'] as const

const AuditEntry = t.Object(
  {
    id: t.String({ description: 'Opaque.', examples: ['1042'] }),
    at: Instant,
    actor: t.Nullable(
      t.String({
        examples: ['root'],
        description: 'The administrator; null for the command line and the OpenID provider.',
      }),
    ),
    action: oneOf(ACTIONS),
    target: t.Nullable(
      t.Object({
        type: oneOf(TARGETS),
        id: t.String({ examples: ['ada'], description: 'The username for a user.' }),
      }),
    ),
    detail: t.Object({
      changed: t.Optional(t.Array(t.String({ examples: ['email'] }))),
      role: t.Optional(Role),
      ended: t.Optional(t.Integer({ examples: [2], description: 'Number of ended sessions.' })),
      uses: t.Optional(t.Integer({ examples: [5], description: 'How many people may use an invite.' })),
      message: t.Optional(t.String({ examples: ['17-42'] })),
      text: t.Optional(t.String({ examples: ['lunch'], description: 'The searched text.' })),
      author: t.Optional(t.String({ examples: ['ada'] })),
      recipient: t.Optional(t.String({ examples: ['grace'] })),
      since: t.Optional(Instant),
      until: t.Optional(Instant),
      shown: t.Optional(
        t.Array(t.String({ examples: ['17-42,40'] }), {
          description:
            'Messages that a search returned, by conversation: `17-42,40` stands for `17-42` and `17-40`.',
        }),
      ),
    }),
    address: t.Nullable(
      t.String({ examples: ['192.0.2.7'], description: 'The IP address; null for the command line.' }),
    ),
  },
  { title: 'AuditEntry', description: 'One action of an administrator.', additionalProperties: false },
)
export type AuditEntryView = Static<typeof AuditEntry>

export const AuditPage = pageSchema(AuditEntry, {
  title: 'AuditPage',
  description: 'One page of the audit log, newest first.',
})
export type AuditPageView = Static<typeof AuditPage>

export const FoundMessages = pageSchema(Message, {
  title: 'FoundMessages',
  description: 'Matches among the next 10,000 messages. May be empty even if `next` is not null.',
})
export type FoundMessagesView = Static<typeof FoundMessages>

export const MessagesAround = t.Object(
  { results: t.Array(Message) },
  {
    title: 'MessagesAround',
    description: 'A message, with up to five messages before and after it.',
    additionalProperties: false,
  },
)
