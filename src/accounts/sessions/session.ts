import { randomBytes } from 'node:crypto'
import { sha256 } from '../../database/hash.ts'
import { type Orm, transaction } from '../../database/orm.ts'
import { type Param, prepared } from '../../database/prepared-query.ts'
import { queryBuilder, toIsoTime } from '../../database/tables.ts'
import type { Deps } from '../../process/deps.ts'
import { reasonOf } from '../../process/reason.ts'
import { checkNotSignedOut } from '../openid/pending-sign-ins.ts'
import type { Language, Theme } from '../profile/schema.ts'
import { openSigner } from '../signer.ts'
import type { UserEntity } from '../users/entity.ts'
import { WrongCredentials } from '../users/errors.ts'
import { lockUser } from '../users/lock-user.ts'
import type { AccountView } from '../users/schema.ts'
import { SessionEntity } from './entity.ts'
import { publishSessionsRevoked, revokeOldestSessions } from './revoke.ts'
import type { SignedInView } from './schema.ts'

/** The signed-in user of a request, and the session it came with. */
export type Me = AccountView & {
  id: number
  language: Language | null
  theme: Theme | null
  zone: string | null
  /** The hash of the picture; null without one. */
  avatar: string | null
  /** Whether a password confirms changes of the account; otherwise a recent sign-in does. */
  hasPassword: boolean
  /** Bytes of stored messages. */
  textBytes: number
  createdAt: Date
  /** `expiresAt` is the expiry of the token or of its session, whichever is sooner. */
  session: { id: number; user: number; createdAt: Date; expiresAt: Date; isToken: boolean }
}

/** Signs and verifies the JWT that contains a session's secret. */
export type Tokens = ReturnType<typeof openTokens>

const DAY_S = 24 * 60 * 60
const DAY = DAY_S * 1000

/** Days until an unused browser session ends. While in use, it lasts up to `SESSION_LIFETIME`. */
const BROWSER_DAYS = 30

/** Maximum browser sessions per user. A new one replaces the oldest, so rows of forgotten browsers do not accumulate. */
const MAX_BROWSER_SESSIONS = 100

/** Milliseconds between updates of `usedAt`, to save a write for each request. */
const USED_AT_INTERVAL = 5 * 60 * 1000

/** Verified tokens cached by a process, about 300 bytes each. */
const MAX_CACHED_TOKENS = 10_000

const AUDIENCE = 'chatapp'

/** @param secrets the first signs; all verify, so that the secret can be rotated */
export function openTokens(secrets: readonly string[]) {
  const signer = openSigner(secrets)
  // Verification is a large part of the cost of a request, and its result does not change.
  const opened = new Map<string, { key: string; expiresAt: Date }>()
  return {
    sign: (user: number, key: string, expiresAt: Date) =>
      signer.sign(AUDIENCE, { sub: String(user), jti: key }, expiresAt),
    /** The session's secret in a valid token, and when that token expires; otherwise null. */
    async open(token: string): Promise<{ key: string; expiresAt: Date } | null> {
      const known = opened.get(token)
      if (known) return known.expiresAt.getTime() > Date.now() ? known : null
      const claims = await signer.verify(AUDIENCE, token, ['sub', 'jti'])
      if (!claims || typeof claims.jti !== 'string') return null
      const found = { key: claims.jti, expiresAt: new Date(Number(claims.exp) * 1000) }
      opened.set(token, found)
      const [oldest] = opened.keys()
      if (opened.size > MAX_CACHED_TOKENS) opened.delete(oldest!)
      return found
    },
  }
}

/** The client that starts a session. `replaces` is the session that the browser already has, which ends. */
export type Device = {
  userAgent: string
  address: string
  replaces?: Pick<Me['session'], 'id' | 'user'> | null
  origin?: SessionOrigin | null
}

/**
 * The OpenID identity that signs in, and its session at the provider, as hashes. `provenAt`: when the provider proved the identity,
 * in milliseconds since 1970.
 */
export type SessionOrigin = { identityHash: string; providerSessionHash: string | null; provenAt: number }

/**
 * Signs a user in. Ends the session that it replaces and, beyond `MAX_BROWSER_SESSIONS`, the oldest sessions (OWASP ASVS 5.0,
 * 7.1.2 and 7.2.4).
 * @param user as read before the password, code or passkey was verified
 * @param beforeStart runs in the same transaction, after the user was locked
 * @throws Unauthorized when the account was disabled in the meantime
 * @throws WrongCredentials when the password was changed in the meantime
 * @throws SignInExpired when the OpenID provider signed out the user in the meantime
 */
export async function startSession(
  deps: Deps,
  user: UserEntity,
  device: Device,
  beforeStart?: (em: Orm['em']) => Promise<void>,
): Promise<SignedInView> {
  const { session, revoked } = await transaction(deps, async (em) => {
    const { passwordHash } = await lockUser(em, user.id)
    // A password change revokes all other sessions, so the old password must not start one after it.
    if (passwordHash !== user.passwordHash) throw new WrongCredentials()
    const { replaces, origin } = device
    if (origin) await checkNotSignedOut(em, origin)
    await beforeStart?.(em)
    if (replaces) await em.nativeDelete(SessionEntity, { id: replaces.id })
    const session = await createSession(deps, user.id, { em, name: null, days: BROWSER_DAYS, device })
    return { session, revoked: await revokeOldestSessions(em, user.id, { keep: MAX_BROWSER_SESSIONS }) }
  })
  await publishSessionsRevoked(deps, user.id, revoked)
  if (device.replaces) await publishSessionsRevoked(deps, device.replaces.user, [device.replaces.id])
  const { token, expiresAt } = session
  return { token, expiresAt: expiresAt.toISOString(), user: accountView(user) }
}

/**
 * Creates a browser session or, with a name, an API token. Its secret is only in the returned token.
 * @param em of a transaction that has locked the user, so that the caller can count the sessions
 */
export async function createSession(
  { tokens, now, config }: Deps,
  user: number,
  { em, name, days, device }: { em: Orm['em']; name: string | null; days: number; device: Device },
) {
  const key = randomBytes(32).toString('base64url')
  const createdAt = now()
  const longest = name === null ? config.sessionLifetime / DAY_S : days
  const expiresAt = inDays(createdAt, Math.min(days, longest))
  const id = await em.insert(SessionEntity, {
    user,
    secretHash: sha256(key),
    name,
    createdAt,
    usedAt: createdAt,
    expiresAt,
    userAgent: device.userAgent.slice(0, 255),
    address: device.address.slice(0, 45),
    identityHash: device.origin?.identityHash ?? null,
    providerSessionHash: device.origin?.providerSessionHash ?? null,
  })
  return { id, token: await tokens.sign(user, key, expiresAt), createdAt, expiresAt }
}

/** The user of a token; null unless the token, its session and the account are valid. */
export async function authenticate(
  { config, orm, tokens, now, log }: Deps,
  token: string,
): Promise<Me | null> {
  const opened = await tokens.open(token)
  if (!opened) return null
  const [row] = await findSession(orm, { secretHash: sha256(opened.key) })
  if (!row) return null
  // After a renewal, the session outlives its older tokens.
  const createdAt = new Date(toIsoTime(row.createdAt))
  const ends = [Date.parse(toIsoTime(row.expiresAt)), opened.expiresAt.getTime()]
  // Also when the setting was lowered in the meantime.
  if (row.name === null) ends.push(createdAt.getTime() + config.sessionLifetime * 1000)
  const expiresAt = new Date(Math.min(...ends))
  if (expiresAt <= now()) return null
  if (now().getTime() - Date.parse(toIsoTime(row.usedAt)) > USED_AT_INTERVAL) {
    // Not awaited: the request neither waits for this nor fails with it.
    orm.em
      .fork()
      .nativeUpdate(SessionEntity, { id: row.session }, { usedAt: now() })
      .catch((error) => log.warn({ reason: reasonOf(error) }, 'the last use of a session was not stored'))
  }
  const { session, id, username, displayName, email, role, language, theme, zone, avatar } = row
  return {
    ...{ id, username, displayName, email, role, language, theme, zone, avatar },
    hasPassword: config.passwords && Boolean(Number(row.hasPassword)),
    textBytes: Number(row.textBytes),
    createdAt: new Date(toIsoTime(row.userCreatedAt)),
    session: { id: session, user: id, createdAt, expiresAt, isToken: row.name !== null },
  }
}

const findSession = prepared((db, param: Param<{ secretHash: string }>) =>
  db
    .selectFrom('session')
    .innerJoin('user', 'user.id', 'session.user_id')
    .where('session.secret_hash', '=', param('secretHash'))
    .where('user.disabled_at', 'is', null)
    .select(['session.id as session', 'session.expires_at as expiresAt', 'session.used_at as usedAt'])
    .select('session.created_at as createdAt')
    .select(['session.name', 'user.id', 'user.username', 'user.display_name as displayName', 'user.avatar'])
    .select(['user.email', 'user.role', 'user.language', 'user.theme', 'user.zone'])
    .select(['user.text_bytes as textBytes', 'user.created_at as userCreatedAt'])
    .select(({ eb }) =>
      eb.case().when('user.password_hash', '=', '').then(0).else(1).end().as('hasPassword'),
    ),
)

/**
 * Renews the session and returns a new token for it, once half of the current token's lifetime has passed; otherwise null.
 * Concurrent requests get a token each, and the session lasts as long as the last of them, at most `SESSION_LIFETIME`.
 */
export async function renewSession(
  { orm, tokens, now, log, config }: Deps,
  me: Me,
  token: string,
): Promise<{ token: string; expiresAt: Date } | null> {
  if (me.session.expiresAt.getTime() - now().getTime() > (BROWSER_DAYS * DAY) / 2) return null
  const expiresAt = browserExpiry(config, me.session.createdAt, now())
  if (expiresAt <= me.session.expiresAt) return null
  try {
    const opened = await tokens.open(token)
    if (!opened) return null
    await orm.em.fork().nativeUpdate(SessionEntity, { id: me.session.id }, { expiresAt })
    return { token: await tokens.sign(me.id, opened.key, expiresAt), expiresAt }
  } catch (error) {
    // The current token is still valid, and the next request retries.
    log.warn({ reason: reasonOf(error) }, 'a session was not renewed')
    return null
  }
}

/** The sessions that are still valid. Live connections outlive the request, and the token, that authenticated them. */
export async function filterActiveSessions<Session extends Pick<Me['session'], 'id' | 'expiresAt'>>(
  { orm, now }: Deps,
  sessions: readonly Session[],
): Promise<Set<Session>> {
  const rows = await queryBuilder(orm.em.fork())
    .selectFrom('session')
    .innerJoin('user', 'user.id', 'session.user')
    .select('session.id')
    .where(
      'session.id',
      'in',
      sessions.map(({ id }) => id),
    )
    .where('session.expiresAt', '>', now())
    .where('user.disabledAt', 'is', null)
    .execute()
  const ids = new Set(rows.map(({ id }) => id))
  return new Set(sessions.filter(({ id, expiresAt }) => ids.has(id) && expiresAt > now()))
}

/** Revokes a session and closes its live connections on every process. */
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

/** When a browser session ends that is used at `usedAt`. */
function browserExpiry({ sessionLifetime }: Deps['config'], createdAt: Date, usedAt: Date): Date {
  const longest = inDays(createdAt, sessionLifetime / DAY_S)
  return new Date(Math.min(inDays(usedAt, BROWSER_DAYS).getTime(), longest.getTime()))
}

/** Rounded to seconds, as in a JWT, so that token and session expire at the same time. */
function inDays(from: Date, days: number): Date {
  return new Date(Math.floor((from.getTime() + days * DAY) / 1000) * 1000)
}
