import { createHash, randomBytes } from 'node:crypto'
import { jwt } from '@elysiajs/jwt'
import { instant, type Tables } from '../db.ts'
import type { Deps } from '../deps.ts'
import { Session, type User } from './entity.ts'
import type { AccountView, Language, SignedInView, Theme } from './schema.ts'
import { tellEnded } from './sessions.ts'

/** The signed-in user of a request, and the session it came with. */
export type Me = AccountView & {
  id: number
  language: Language | null
  theme: Theme | null
  zone: string | null
  /** null unless they have a picture: the hash of it. */
  avatar: string | null
  session: { id: number; user: number; expiresAt: Date; isToken: boolean }
}

/** Signs and checks the JWT that carries a session's secret. */
export type Tokens = ReturnType<typeof openTokens>

const DAY = 24 * 60 * 60 * 1000

/** `usedAt` is for people to look at: writing it at every request would cost more than it tells. */
const USED_AT_STEP = 5 * 60 * 1000

const CLAIMS = { issuer: 'chatapp', audience: 'chatapp' }

/** @param secrets the first signs; the others open what was signed before it took their place */
export function openTokens(secrets: readonly string[]) {
  const signers = secrets.map((secret) => jwt({ secret }).decorator.jwt)
  return {
    sign: (user: number, key: string, expiresAt: Date) =>
      signers[0]!.sign({
        sub: String(user),
        jti: key,
        iss: CLAIMS.issuer,
        aud: CLAIMS.audience,
        exp: Math.floor(expiresAt.getTime() / 1000),
      }),
    /** The session's secret in a token of ours that is in date; else null. */
    async open(token: string): Promise<string | null> {
      for (const { verify } of signers) {
        const payload = await verify(token, {
          ...CLAIMS,
          algorithms: ['HS256'],
          requiredClaims: ['exp', 'sub', 'jti'],
        })
        if (payload && typeof payload.jti === 'string') return payload.jti
      }
      return null
    },
  }
}

/** Where a session is started from. */
export type Device = { userAgent: string; address: string }

/** Signs somebody in. */
export async function startSession(deps: Deps, user: User, device: Device): Promise<SignedInView> {
  const { token, expiresAt } = await openSession(deps, user.id, { name: null, days: 30, device })
  return { token, expiresAt: expiresAt.toISOString(), user: accountView(user) }
}

/** Opens a session, of a browser or, with a name, of an API token. Its secret leaves the server in the token only. */
export async function openSession(
  { orm, tokens, now }: Deps,
  user: number,
  { name, days, device }: { name: string | null; days: number; device: Device },
) {
  const key = randomBytes(32).toString('base64url')
  const createdAt = now()
  // A JWT counts whole seconds; both must end at the same instant.
  const expiresAt = new Date(Math.floor((createdAt.getTime() + days * DAY) / 1000) * 1000)
  const em = orm.em.fork()
  await em.nativeDelete(Session, { user, expiresAt: { $lt: createdAt } })
  const id = await em.insert(Session, {
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
  const key = await tokens.open(token)
  if (!key) return null
  const em = orm.em.fork()
  const row = await em
    .getKysely<Tables>()
    .selectFrom('session')
    .innerJoin('user', 'user.id', 'session.user_id')
    .where('session.secret_hash', '=', sha256(key))
    .where('user.disabled_at', 'is', null)
    .select(['session.id as session_id', 'session.expires_at', 'session.used_at', 'session.name'])
    .select(['user.id', 'user.username', 'user.avatar'])
    .select(['user.display_name', 'user.email', 'user.role', 'user.language', 'user.theme', 'user.zone'])
    .executeTakeFirst()
  if (!row) return null
  const expiresAt = new Date(instant(row.expires_at))
  if (expiresAt <= now()) return null
  if (now().getTime() - Date.parse(instant(row.used_at)) > USED_AT_STEP) {
    // Not waited for, and no reason to fail.
    em.nativeUpdate(Session, { id: row.session_id }, { usedAt: now() }).catch((error) =>
      log.warn({ reason: String(error) }, 'the last use of a session was not noted'),
    )
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

/** Which of these sessions are in force: live connections outlive the request that authenticated them. */
export async function sessionsInForce({ orm, now }: Deps, ids: readonly number[]): Promise<Set<number>> {
  const rows = await orm.em
    .fork()
    .getKysely<Tables>({ convertValues: true })
    .selectFrom('session')
    .innerJoin('user', 'user.id', 'session.user_id')
    .select('session.id')
    .where('session.id', 'in', ids)
    .where('session.expires_at', '>', now())
    .where('user.disabled_at', 'is', null)
    .execute()
  return new Set(rows.map(({ id }) => id))
}

/** Ends the session; its live connections close on every process. */
export async function endSession(
  deps: Deps,
  { id, user }: Pick<Me['session'], 'id' | 'user'>,
): Promise<void> {
  await deps.orm.em.fork().nativeDelete(Session, { id })
  await tellEnded(deps, user, [id])
}

function accountView(user: User): AccountView {
  const { username, displayName, email, role } = user
  return { username, displayName, email: email ?? null, role }
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
