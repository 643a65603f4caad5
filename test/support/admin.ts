import { UserEntity } from '../../src/accounts/users/entity.ts'
import type { Chat } from './chat.ts'
import type { Person } from './person.ts'

/** Creates an administrator. */
export async function newAdmin(chat: Chat, username: string): Promise<Person> {
  const person = await chat.signUp(username)
  await setRole(chat, username, 'admin')
  return person
}

export async function setRole({ deps }: Chat, username: string, role: 'user' | 'admin'): Promise<void> {
  await deps.orm.em.fork().nativeUpdate(UserEntity, { handle: username }, { role })
}
