import { User } from '../accounts/entity.ts'
import { createUser } from '../accounts/service.ts'
import { startSession } from '../accounts/session.ts'
import type { Chat } from './chat.ts'
import { PASSWORD, type Person } from './person.ts'
import type { Role } from './request-cases.ts'

/** Somebody who asks, and can be there again after they signed themselves out or worse. */
export type Actor = { role: Role; person: Person; renew(): Promise<void> }

let made = 0

/** An account without the way over HTTP, and signed in. */
export async function newActor(chat: Chat, role: Role): Promise<Actor> {
  const { orm } = chat.deps
  const person = chat.stranger()
  const account = { role: role === 'admin' ? ('admin' as const) : ('user' as const), password: PASSWORD }
  const renew = async () => {
    if (role === 'nobody') return
    let user = await orm.em.fork().findOne(User, { username: person.username, disabledAt: null })
    if (user?.role !== account.role)
      user = await createUser(chat.deps, { ...account, username: `${role}-${++made}` })
    await enter(chat, person, user)
  }
  await renew()
  return { role, person, renew }
}

/** Two people who have nothing to do with those who ask, and what is theirs alone. */
export async function newBystanders(chat: Chat) {
  const secrets = new Set<string>()
  /** A text that must turn up nowhere else. */
  const secret = (what: string) => {
    const text = `${what}-${crypto.randomUUID()}`
    secrets.add(text)
    return text
  }
  const [vic, wes] = [chat.stranger(), chat.stranger()]
  for (const [person, username] of [[vic, 'victoria'] as const, [wes, 'wesley'] as const]) {
    const account = { username, email: `${secret('mail')}@example.org`, password: secret('word') }
    await enter(chat, person, await createUser(chat.deps, account))
    secrets.add(person.token!)
  }
  for (let n = 0; n < 5; n++) {
    await vic.say(wes, secret('body'), secret('client'))
    await wes.say(vic, secret('body'), secret('client'))
  }
  return { vic, wes, secrets }
}

async function enter(chat: Chat, person: Person, user: User): Promise<void> {
  const { token } = await startSession(chat.deps, user, { userAgent: '', address: person.address })
  Object.assign(person, { username: user.username, token })
}

/** What two people change together belongs to both; and what administrators answer, to nobody alone. */
const SHARED = new Set(['conversation', 'report'])

/** The rows that are these people's, by table: whatever refers to users belongs to them. */
export async function rowsOf({ deps: { orm } }: Chat, people: Person[]): Promise<Map<string, object[]>> {
  const em = orm.em.fork()
  const users = await em.find(User, { username: people.map(({ username }) => username) })
  const ids = new Set<unknown>(users.map(({ id }) => id))
  const rows = new Map<string, object[]>()
  for (const { tableName, props } of orm.getMetadata().getAll().values()) {
    const names = props
      .filter((prop) => prop.targetMeta?.class === User || (tableName === 'user' && prop.name === 'id'))
      .flatMap(({ fieldNames }) => fieldNames)
    if (names.length === 0) continue
    const all: Record<string, unknown>[] = await em
      .getKysely<Record<string, Record<string, unknown>>>()
      .selectFrom(tableName)
      .selectAll()
      .execute()
    const isTheirs = (row: Record<string, unknown>) => (name: string) => ids.has(Number(row[name]))
    rows.set(
      tableName,
      all.filter((row) => names[SHARED.has(tableName) ? 'every' : 'some'](isTheirs(row))),
    )
  }
  return rows
}
