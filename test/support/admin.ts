import { UserEntity } from '../../src/accounts/users/entity.ts'
import { createUser } from '../../src/accounts/users/service.ts'
import type { Chat } from './chat.ts'
import { PASSWORD, type Person } from './person.ts'

/** Creates an administrator, as the command line does: the username may be reserved, such as `root`. */
export async function newAdmin(chat: Chat, username: string): Promise<Person> {
  await createUser(chat.deps, { username, password: PASSWORD, role: 'admin' }, { allowReserved: true })
  const person = chat.stranger()
  await person.signIn(username)
  return person
}

export async function setRole({ deps }: Chat, username: string, role: 'user' | 'admin'): Promise<void> {
  await deps.orm.em.fork().nativeUpdate(UserEntity, { handle: username }, { role })
}
