import { InviteEntity } from '../../src/accounts/invites/entity.ts'
import { createSession, startSession } from '../../src/accounts/sessions/session.ts'
import { createAccountLink } from '../../src/accounts/users/account-link.ts'
import { LINK_PURPOSES, UserEntity } from '../../src/accounts/users/entity.ts'
import { createUser } from '../../src/accounts/users/service.ts'
import { sha256 } from '../../src/database/hash.ts'
import { transaction } from '../../src/database/orm.ts'
import type { Chat } from './chat.ts'
import { PASSWORD, type Person } from './person.ts'
import type { Role } from './request-cases.ts'

/** A caller that can sign in again after losing its session or account. */
export type Actor = {
  role: Role
  person: Person
  /** Signs in and restores the initial account state. Creates a new account if it was deleted. */
  renew(): Promise<void>
}

let accounts = 0

/** Creates an account directly and signs it in. */
export async function newActor(chat: Chat, role: Role): Promise<Actor> {
  const { deps } = chat
  const person = chat.stranger()
  let passwordHash = ''
  const account = { role: role === 'admin' ? ('admin' as const) : ('user' as const), password: PASSWORD }
  const renew = async () => {
    if (role === 'nobody') return
    const em = deps.orm.em.fork()
    let user = await em.findOne(UserEntity, { username: person.username, disabledAt: null })
    if (!user) {
      user = await createUser(deps, { ...account, username: `caller-${role}-${++accounts}` })
      ;({ passwordHash } = user)
    }
    const email = `${user.handle}@example.org`
    // A generated request may have given the address to another caller.
    await em.nativeUpdate(UserEntity, { email, id: { $ne: user.id } }, { email: null })
    await em.nativeUpdate(UserEntity, { id: user.id }, { passwordHash, email, role: account.role })
    await signIn(chat, person, { ...user, passwordHash })
    if (role !== 'script') return
    const device = { userAgent: '', address: person.address }
    const session = await transaction(deps, (em) =>
      createSession(deps, user.id, { em, name: 'script', days: 1, device }),
    )
    Object.assign(person, session)
  }
  await renew()
  return { role, person, renew }
}

/** Returns the token of a new mail link for this person. */
export async function mailedToken({ deps }: Chat, { username }: Person, index: number): Promise<string> {
  const user = await deps.orm.em.fork().findOne(UserEntity, { username })
  if (!user) return ''
  const purpose = LINK_PURPOSES[index % LINK_PURPOSES.length]!
  const link = await createAccountLink(deps.orm.em.fork(), deps, {
    user: user.id,
    purpose,
    email: `${username}@example.com`,
  })
  return new URL(link).searchParams.get('token')!
}

/** Returns the token of a new invite of this person. */
export async function inviteToken({ deps }: Chat, { username }: Person): Promise<string> {
  const em = deps.orm.em.fork()
  const creator = await em.findOne(UserEntity, { username })
  if (!creator) return ''
  const token = crypto.randomUUID()
  const createdAt = deps.now()
  const expiresAt = new Date(createdAt.getTime() + 24 * 60 * 60 * 1000)
  const invite = { name: null, uses: 2, used: 0, createdAt, expiresAt }
  await em.insert(InviteEntity, { ...invite, creator: creator.id, tokenHash: sha256(token) })
  return token
}

/** Creates two users without relation to the callers, and their secrets. */
export async function newUnrelatedUsers(chat: Chat) {
  const secrets = new Set<string>()
  /** Returns a text that must not appear anywhere else. */
  const secret = (what: string) => {
    const text = `${what}-${crypto.randomUUID()}`
    secrets.add(text)
    return text
  }
  const [vic, wes] = [chat.stranger(), chat.stranger()]
  for (const [person, username] of [[vic, 'victoria'] as const, [wes, 'wesley'] as const]) {
    const user = await createUser(chat.deps, { username, password: secret('word') })
    const email = `${secret('mail')}@example.org`
    await chat.deps.orm.em.fork().nativeUpdate(UserEntity, { id: user.id }, { email })
    secrets.add(user.passwordHash)
    await signIn(chat, person, user)
    secrets.add(person.token!)
  }
  for (let n = 0; n < 5; n++) {
    await vic.say(wes, secret('body'), secret('client'))
    await wes.say(vic, secret('body'), secret('client'))
  }
  return { vic, wes, secrets, secret }
}

async function signIn(chat: Chat, person: Person, user: UserEntity): Promise<void> {
  const { token } = await startSession(chat.deps, user, { userAgent: '', address: person.address })
  Object.assign(person, { username: user.username, token })
}

/** Tables whose rows count as a user's only if all users in them do: callers and administrators may change the others. */
const SHARED = new Set(['conversation', 'report'])

/** Returns the rows of these people by table: all rows that refer to them. */
export async function rowsOf(
  { deps: { orm, textUsage } }: Chat,
  people: Person[],
): Promise<Map<string, object[]>> {
  // The bytes of stored text are written seconds after the messages.
  await textUsage.flush()
  const em = orm.em.fork()
  const users = await em.find(UserEntity, { username: people.map(({ username }) => username) })
  const ids = new Set<unknown>(users.map(({ id }) => id))
  const rows = new Map<string, object[]>()
  for (const { tableName, props } of orm.getMetadata().getAll().values()) {
    const names = props
      .filter((prop) => prop.targetMeta?.class === UserEntity || (tableName === 'user' && prop.name === 'id'))
      .flatMap(({ fieldNames }) => fieldNames)
    // Audit log entries belong to no user.
    if (names.length === 0 || tableName === 'audit') continue
    const all: Record<string, unknown>[] = await em
      .getKysely<Record<string, Record<string, unknown>>>()
      .selectFrom(tableName)
      .selectAll()
      .execute()
    const isTheirs = (row: Record<string, unknown>) => (name: string) => ids.has(Number(row[name]))
    const theirs = all.filter((row) => names[SHARED.has(tableName) ? 'every' : 'some'](isTheirs(row)))
    // Any request writes when its session was last used, if that is more than five minutes ago.
    rows.set(tableName, tableName === 'session' ? theirs.map(({ used_at: _, ...row }) => row) : theirs)
  }
  return rows
}
