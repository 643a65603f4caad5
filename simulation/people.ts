import { type Param, prepared } from '../src/database/prepared-query.ts'
import { type StoredTables, toStoredTime } from '../src/database/tables.ts'
import { paths } from '../web/paths.ts'
import type { Browser } from './browser.ts'
import { Time } from './time.ts'
import type { World } from './world.ts'

/** `role` is the same in all worlds, `username` is unique. `witness` is a session token for the app without faults. */
export type Person = { role: string; username: string; id: number; witness: string }

let worlds = 0

/** Inserts accounts directly, without slow password hashing. */
export async function signUp(world: World, roles: string[]): Promise<Person[]> {
  const { orm } = world.deps
  const db = orm.em.fork().getKysely<StoredTables>()
  const number = ++worlds
  const names = roles.map((role) => `${role}${number}`)
  const rows = names.map((name) => ({
    username: name,
    handle: name,
    display_name: name,
    password_hash: 'none',
    role: 'user',
    created_at: toStoredTime(orm, world.time.now()),
  }))
  await db
    .insertInto('user')
    .values(rows as never)
    .execute()
  const users = await db.selectFrom('user').select(['id', 'username']).where('handle', 'in', names).execute()
  const people = names.map((username, n) => {
    const id = users.find((user) => user.username === username)!.id
    return { role: roles[n]!, username, id, witness: '' }
  })
  for (const person of people) person.witness = await signIn(world, person)
  return people
}

/** Inserts a session directly, without checking a password. Returns its token. */
export async function signIn({ deps: { orm }, time }: World, { id }: Person): Promise<string> {
  // In the form of a JWT: other cookies are ignored.
  const token = `simulated.${crypto.randomUUID()}.${'x'.repeat(43)}`
  const [now, end] = [toStoredTime(orm, time.now()), toStoredTime(orm, Time.END)]
  await addSession(orm, { user: id, hash: hashOf(token), now, end })
  return token
}

const addSession = prepared((db, param: Param<{ user: number; hash: string; now: number; end: number }>) =>
  db.insertInto('session').values({
    user_id: param('user'),
    secret_hash: param('hash'),
    created_at: param('now'),
    used_at: param('now'),
    expires_at: param('end'),
    user_agent: '',
    address: '',
  } as never),
)

const hashOf = (token: string) => new Bun.CryptoHasher('sha256').update(token).digest('hex')

/** Ends the session of a browser: revoked elsewhere, which is published to all processes, or expired, which is not. */
export async function endSession(
  world: World,
  { token }: Browser,
  how: 'signed out' | 'expired',
): Promise<void> {
  if (how === 'signed out') {
    const headers = { authorization: `Bearer ${token}` }
    await world.net.serve(new Request(world.origin + paths.api.session, { method: 'DELETE', headers }))
  } else {
    await world.deps.orm.em
      .fork()
      .execute('update session set expires_at = created_at where secret_hash = ?', [hashOf(token)])
  }
}
