import { createHash, randomBytes } from 'node:crypto'
import { jwt } from '@elysiajs/jwt'
import { type Orm, type Tables, toIsoTime, toStoredTime, transaction } from '../../database/orm.ts'
import { prepared } from '../../database/prepared-query.ts'
import type { Deps } from '../../process/deps.ts'
import type { AccountView, Language, SignedInView, Theme } from '../schema.ts'
import { SessionEntity, type UserEntity } from '../users/entity.ts'
import { lockUser } from '../users/lock-user.ts'
import { publishSessionsRevoked, revokeOldestSessions } from './revoke.ts'

/** The signed-in user of a request, and the session it came with. */
export type Me = AccountView & {
  id: number
  language: Language | null
  theme: Theme | null
  zone: string | null
  /** null unless they have a picture: the hash of it. */
  avatar: string | null
  /** `expiresAt` is when the token in use ends, or its session, if that is sooner. */
  session: { id: number; user: number; expiresAt: Date; isToken: boolean }
}

/** Signs and checks the JWT that carries a session's secret. */
export type Tokens = ReturnType<typeof openTokens>

const DAY = 24 * 60 * 60 * 1000

/** How long a browser's session lasts. */
const BROWSER_DAYS = 30

/** Browser sessions of one user: more than anyone has browsers. */
const MAX_BROWSER_SESSIONS = 100

/** `usedAt` is for people to look at: writing it at every request would cost more than it tells. */
const USED_AT_INTERVAL = 5 * 60 * 1000

/** How many tokens a process remembers to have opened, of some 300 bytes each. */
const MAX_CACHED_TOKENS = 10_000

const CLAIMS = { issuer: 'chatapp', audience: 'chatapp' }

/** @param secrets the first signs; the others open what was signed before it took their place */
export function openTokens(secrets: readonly string[]) {
  const signers = secrets.map((secret) => jwt({ secret }).decorator.jwt)
  // A signature that was right stays right, and to check it is a good part of what a request costs.
  const opened = new Map<string, { key: string; expiresAt: Date }>()
  return {
    sign: (user: number, key: string, expiresAt: Date) =>
      signers[0]!.sign({
        sub: String(user),
        jti: key,
        iss: CLAIMS.issuer,
        aud: CLAIMS.audience,
        exp: Math.floor(expiresAt.getTime() / 1000),
      }),
    /** The session's secret in a token of ours that is in date, and when that token ends; else null. */
    async open(token: string): Promise<{ key: string; expiresAt: Date } | null> {
      const known = opened.get(token)
      if (known) return known.expiresAt.getTime() > Date.now() ? known : null
      for (const { verify } of signers) {
        const payload = await verify(token, {
          ...CLAIMS,
          algorithms: ['HS256'],
          requiredClaims: ['exp', 'sub', 'jti'],
        })
        if (!payload || typeof payload.jti !== 'string') continue
        const found = { key: payload.jti, expiresAt: new Date(Number(payload.exp) * 1000) }
        opened.set(token, found)
        const [oldest] = opened.keys()
        if (opened.size > MAX_CACHED_TOKENS) opened.delete(oldest!)
        return found
      }
      return null
    },
  }
}

/** Where a session is started from. */
export type Device = { userAgent: string; address: string }

/**
 * Signs a user in. Beyond `MAX_BROWSER_SESSIONS`, the oldest sessions are revoked.
 * @throws Unauthorized when the account was disabled in the meantime
 */
export async function startSession(deps: Deps, user: UserEntity, device: Device): Promise<SignedInView> {
  const { session, revoked } = await transaction(deps, async (em) => {
    await lockUser(em, user.id)
    const session = await createSession(deps, user.id, { em, name: null, days: BROWSER_DAYS, device })
    return { session, revoked: await revokeOldestSessions(em, user.id, { keep: MAX_BROWSER_SESSIONS }) }
  })
  await publishSessionsRevoked(deps, user.id, revoked)
  const { token, expiresAt } = session
  return { token, expiresAt: expiresAt.toISOString(), user: accountView(user) }
}

/**
 * Creates a session of a browser or, with a name, of an API token; only its token holds its secret.
 * @param em of a transaction that has locked the user, so that the caller can count the sessions
 */
export async function createSession(
  { orm, tokens, now }: Deps,
  user: number,
  {
    em = orm.em.fork(),
    name,
    days,
    device,
  }: { em?: Orm['em']; name: string | null; days: number; device: Device },
) {
  const key = randomBytes(32).toString('base64url')
  const createdAt = now()
  const expiresAt = inDays(createdAt, days)
  await em.nativeDelete(SessionEntity, { user, expiresAt: { $lt: createdAt } })
  const id = await em.insert(SessionEntity, {
    user,
    secretHash: sha256(key),
    name,
    createdAt,
    usedAt: createdAt,
    expiresAt,
    userAgent: device.userAgent.slice(0, 255),
    address: device.address.slice(0, 45),
  })
  return { id, token: await tokens.sign(user, key, expiresAt), createdAt, expiresAt }
}

/** Who the token speaks for: null unless it is ours, in date, and its session and account are in force. */
export async function authenticate({ orm, tokens, now, log }: Deps, token: string): Promise<Me | null> {
  const opened = await tokens.open(token)
  if (!opened) return null
  const [row] = await findSession(orm, { secretHash: sha256(opened.key) })
  if (!row) return null
  // A session that was renewed outlives the tokens of before.
  const expiresAt = new Date(Math.min(Date.parse(toIsoTime(row.expires_at)), opened.expiresAt.getTime()))
  if (expiresAt <= now()) return null
  if (now().getTime() - Date.parse(toIsoTime(row.used_at)) > USED_AT_INTERVAL) {
    // Not waited for, and no reason to fail.
    orm.em
      .fork()
      .nativeUpdate(SessionEntity, { id: row.session_id }, { usedAt: now() })
      .catch((error) => log.warn({ reason: String(error) }, 'the last use of a session was not noted'))
  }
  return {
    id: row.id,
    username: row.username,
    displayName: row.display_name,
    email: row.email,
    role: row.role,
    language: row.language,
    theme: row.theme,
    zone: row.zone,
    avatar: row.avatar,
    session: { id: row.session_id, user: row.id, expiresAt, isToken: row.name !== null },
  }
}

const findSession = prepared((db, { secretHash }: { secretHash: string }) =>
  db
    .selectFrom('session')
    .innerJoin('user', 'user.id', 'session.user_id')
    .where('session.secret_hash', '=', secretHash)
    .where('user.disabled_at', 'is', null)
    .select(['session.id as session_id', 'session.expires_at', 'session.used_at', 'session.name'])
    .select(['user.id', 'user.username', 'user.avatar'])
    .select(['user.display_name', 'user.email', 'user.role', 'user.language', 'user.theme', 'user.zone']),
)

/**
 * A token of the same session that lasts for another lifetime, once the one that `me` came with has lived for half of its
 * own; else null. Of several requests at once each gets one, and the session lasts as long as the last of them.
 */
export async function renewSession(
  { orm, tokens, now, log }: Deps,
  me: Me,
  token: string,
): Promise<{ token: string; expiresAt: Date } | null> {
  if (me.session.expiresAt.getTime() - now().getTime() > (BROWSER_DAYS * DAY) / 2) return null
  try {
    const opened = await tokens.open(token)
    if (!opened) return null
    const expiresAt = inDays(now(), BROWSER_DAYS)
    await orm.em.fork().nativeUpdate(SessionEntity, { id: me.session.id }, { expiresAt })
    return { token: await tokens.sign(me.id, opened.key, expiresAt), expiresAt }
  } catch (error) {
    // The one in use is still good: the next request tries again.
    log.warn({ reason: String(error) }, 'a session was not renewed')
    return null
  }
}

/** Which of these are in force: live connections outlive the request, and the token, that authenticated them. */
export async function filterActiveSessions<One extends Pick<Me['session'], 'id' | 'expiresAt'>>(
  { orm, now }: Deps,
  sessions: readonly One[],
): Promise<Set<One>> {
  const rows = await orm.em
    .fork()
    .getKysely<Tables>()
    .selectFrom('session')
    .innerJoin('user', 'user.id', 'session.user_id')
    .select('session.id')
    .where(
      'session.id',
      'in',
      sessions.map(({ id }) => id),
    )
    .where('session.expires_at', '>', toStoredTime(orm, now().getTime()))
    .where('user.disabled_at', 'is', null)
    .execute()
  const ids = new Set(rows.map(({ id }) => id))
  return new Set(sessions.filter(({ id, expiresAt }) => ids.has(id) && expiresAt > now()))
}

/** Ends the session; its live connections close on every process. */
export async function revokeSession(
  deps: Deps,
  { id, user }: Pick<Me['session'], 'id' | 'user'>,
): Promise<void> {
  await deps.orm.em.fork().nativeDelete(SessionEntity, { id })
  await publishSessionsRevoked(deps, user, [id])
}

function accountView(user: UserEntity): AccountView {
  const { username, displayName, email, role } = user
  return { username, displayName, email: email ?? null, role }
}

/** A JWT counts whole seconds, and must end at the same instant as its session. */
function inDays(from: Date, days: number): Date {
  return new Date(Math.floor((from.getTime() + days * DAY) / 1000) * 1000)
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
