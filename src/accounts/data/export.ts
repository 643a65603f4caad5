import { queryBuilder } from '../../database/tables.ts'
import { Unauthorized } from '../../http/errors.ts'
import { listMessages } from '../../messages/history.ts'
import type { MessageView } from '../../messages/schema.ts'
import { ReportEntity } from '../../moderation/entity.ts'
import type { ReportView } from '../../moderation/schema.ts'
import { listBlocked } from '../../moderation/service.ts'
import { countAttempt } from '../../process/count-attempt.ts'
import type { Deps } from '../../process/deps.ts'
import type { ApiTokenView } from '../api-tokens/schema.ts'
import { listTokens } from '../api-tokens/service.ts'
import { InvitedUserEntity } from '../invites/entity.ts'
import type { InviteView } from '../invites/schema.ts'
import { listInvites } from '../invites/service.ts'
import type { IdentityView } from '../openid/schema.ts'
import { listIdentities } from '../openid/service.ts'
import type { PasskeyView } from '../passkeys/schema.ts'
import { listPasskeys } from '../passkeys/service.ts'
import { AvatarEntity } from '../profile/entity.ts'
import type { SignedInSessionView } from '../sessions/schema.ts'
import { listSessions } from '../sessions/service.ts'
import { filterActiveSessions, type Me } from '../sessions/session.ts'
import type { TwoFactorView } from '../two-factor/schema.ts'
import { getTwoFactor } from '../two-factor/service.ts'
import { userView } from '../users/directory.ts'
import { UserEntity } from '../users/entity.ts'
import type { UserView } from '../users/schema.ts'
import { streamOf } from './stream.ts'

/** Rows read at a time. */
const ROWS = 500

/** All data of a user. The lists are streamed, so that they need not fit into memory. */
export type ExportStream = {
  exportedAt: string
  account: ExportedAccount
  sessions: AsyncIterable<SignedInSessionView>
  tokens: AsyncIterable<ApiTokenView>
  passkeys: AsyncIterable<PasskeyView>
  invites: AsyncIterable<InviteView>
  invited: AsyncIterable<UserView>
  blocked: AsyncIterable<UserView>
  reports: AsyncIterable<ReportView>
  conversations: AsyncIterable<ExportedConversation>
}
type ExportedAccount = Pick<
  Me,
  'username' | 'displayName' | 'email' | 'role' | 'language' | 'theme' | 'zone'
> & {
  createdAt: string
  /** A `data:` URL. */
  avatar: string | null
  twoFactor: TwoFactorView
  identities: IdentityView[]
  /** The username of the inviter; null without an invite. */
  invitedBy: string | null
}
type ExportedConversation = { with: UserView; readSeq: number; messages: AsyncIterable<MessageView> }

type ExportOptions = {
  /** Turns the data into text, which is read in chunks. */
  render: (exported: ExportStream) => AsyncIterable<string>
  request: Pick<Request, 'method' | 'signal'>
}

/**
 * Streams all data of the user `me`. A user has at most one running export.
 * @throws TooManyRequests, Unavailable
 */
export async function streamExport(
  deps: Deps,
  me: Me,
  { render, request }: ExportOptions,
): Promise<ReadableStream<Uint8Array<ArrayBuffer>>> {
  const release = deps.exports.reserve(me.id)
  try {
    const counted = { rule: 'export', key: String(me.id) } as const
    const text = render(await countAttempt(deps.limits, counted, () => exportOf(deps, me)))
    return streamOf(text, { beforeChunk: () => checkExportSession(deps, me), onEnd: release, request })
  } catch (error) {
    release()
    throw error
  }
}

async function exportOf(deps: Deps, me: Me): Promise<ExportStream> {
  return {
    exportedAt: deps.now().toISOString(),
    account: await accountOf(deps, me),
    sessions: byCursor((cursor) => listSessions(deps, me, { cursor, limit: ROWS })),
    tokens: byCursor(async () => ({ results: await listTokens(deps, me), next: null })),
    passkeys: byCursor(async () => ({ results: await listPasskeys(deps, me), next: null })),
    invites: byCursor((cursor) => listInvites(deps, me, { cursor, limit: ROWS })),
    invited: invitedBy(deps, me),
    blocked: byCursor(async (cursor) => {
      const { results, next } = await listBlocked(deps, me, { cursor, limit: ROWS })
      return { results: results.map(userView), next }
    }),
    reports: reportsOf(deps, me),
    conversations: conversationsOf(deps, me),
  }
}

/** Breaks off an export whose session was revoked or has expired. @throws Unauthorized */
async function checkExportSession(deps: Deps, { session }: Pick<Me, 'session'>): Promise<void> {
  if ((await filterActiveSessions(deps, [session])).size === 0) throw new Unauthorized()
}

async function accountOf(deps: Deps, me: Me): Promise<ExportedAccount> {
  const { username, displayName, email, role, language, theme, zone } = me
  const em = deps.orm.em.fork()
  const { createdAt } = await em.findOneOrFail(UserEntity, me.id, { fields: ['createdAt'] })
  const picture = await em.findOne(AvatarEntity, { user: me.id })
  const invited = await em.findOne(InvitedUserEntity, { user: me.id }, { populate: ['inviter'] })
  const avatar = picture && `data:image/webp;base64,${Buffer.from(picture.image).toString('base64')}`
  return {
    ...{ username, displayName, email, role, language, theme, zone },
    createdAt: createdAt.toISOString(),
    avatar,
    twoFactor: await getTwoFactor(deps, me),
    identities: await listIdentities(deps, me),
    invitedBy: (invited?.inviter as UserEntity | undefined)?.username ?? null,
  }
}

/** The people who signed up with an invite of `me`. */
async function* invitedBy({ orm }: Deps, me: Me): AsyncIterable<UserView> {
  for (let after = 0; ; ) {
    const invited = await orm.em
      .fork()
      .find(
        InvitedUserEntity,
        { inviter: me.id, user: { id: { $gt: after } } },
        { orderBy: { user: 'asc' }, limit: ROWS, populate: ['user'] },
      )
    const people = invited.map(({ user }) => user as UserEntity)
    yield* people.map(userView)
    if (people.length < ROWS) return
    after = people.at(-1)!.id
  }
}

async function* reportsOf({ orm }: Deps, me: Me): AsyncIterable<ReportView> {
  for (let after = 0; ; ) {
    const reports = await orm.em
      .fork()
      .find(ReportEntity, { reporter: me.id, id: { $gt: after } }, { orderBy: { id: 'asc' }, limit: ROWS })
    for (const { conversation, seq, reason, createdAt } of reports) {
      yield { message: `${conversation.id}-${seq}`, reason, createdAt: createdAt.toISOString() }
    }
    if (reports.length < ROWS) return
    after = reports.at(-1)!.id
  }
}

/** Ordered by ID, because the order by activity would change during the export. */
async function* conversationsOf(deps: Deps, me: Me): AsyncIterable<ExportedConversation> {
  for (let after = 0; ; ) {
    const rows = await queryBuilder(deps.orm.em.fork())
      .selectFrom('member')
      .innerJoin('conversation', 'conversation.id', 'member.conversation')
      .innerJoin('user', (join) =>
        join.on(({ eb, ref }) =>
          eb(
            'user.id',
            '=',
            eb
              .case()
              .when('conversation.low', '=', me.id)
              .then(ref('conversation.high'))
              .else(ref('conversation.low'))
              .end(),
          ),
        ),
      )
      .where('member.user', '=', me.id)
      .where('member.conversation', '>', after)
      .where('conversation.lastSeq', '>', 0)
      .select(['conversation.id', 'user.username', 'user.displayName', 'member.readSeq'])
      .orderBy('member.conversation')
      .limit(ROWS)
      .execute()
    for (const { username, displayName, readSeq } of rows) {
      yield { with: { username, displayName }, readSeq, messages: messagesWith(deps, me, username) }
    }
    if (rows.length < ROWS) return
    after = rows.at(-1)!.id
  }
}

async function* messagesWith(deps: Deps, me: Me, username: string): AsyncIterable<MessageView> {
  for (let after: number | null = 0; after !== null; ) {
    const { results, next } = await listMessages(deps, me, username, { after, limit: ROWS })
    yield* results
    after = next
  }
}

async function* byCursor<T>(
  read: (cursor: string | undefined) => Promise<{ results: T[]; next: string | null }>,
): AsyncIterable<T> {
  for (let cursor: string | null | undefined; cursor !== null; ) {
    const { results, next } = await read(cursor)
    yield* results
    cursor = next
  }
}
