import type { User } from '../src/accounts/entity.ts'
import { startSession } from '../src/accounts/session.ts'
import { storedInstant, type Tables } from '../src/db.ts'
import { paths } from '../web/paths.ts'
import type { Browser } from './browser.ts'
import type { World } from './world.ts'

/** `role` is the same in all worlds, `username` in none. `witness` is a token for a way on which nothing is lost. */
export type Person = { role: string; username: string; id: number; witness: string }

let worlds = 0

/** Makes their accounts, without what takes long in making one. */
export async function signUp(world: World, roles: string[]): Promise<Person[]> {
  const { orm } = world.deps
  const db = orm.em.fork().getKysely<Tables>()
  const number = ++worlds
  const names = roles.map((role) => `${role}${number}`)
  const rows = names.map((name) => ({
    username: name,
    handle: name,
    display_name: name,
    password_hash: 'none',
    role: 'user',
    created_at: storedInstant(orm, world.time.now()),
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

/** Starts a session; answers its token. */
export async function signIn({ deps }: World, { id, username }: Person): Promise<string> {
  const user = { id, username, displayName: username, email: null, role: 'user' } as unknown as User
  const { token } = await startSession(deps, user, { userAgent: '', address: '' })
  return token
}

/** The session of a browser ends: from elsewhere, of which all processes are told; or by itself, of which nobody is. */
export async function endSession(
  world: World,
  { token }: Browser,
  how: 'signed out' | 'run out',
): Promise<void> {
  if (how === 'signed out') {
    const headers = { authorization: `Bearer ${token}` }
    await world.net.serve(new Request(world.origin + paths.api.session, { method: 'DELETE', headers }))
  } else {
    const hash = new Bun.CryptoHasher('sha256').update(token).digest('hex')
    await world.deps.orm.em
      .fork()
      .execute('update session set expires_at = created_at where secret_hash = ?', [hash])
  }
}
