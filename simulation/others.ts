import { type Tables, transaction } from '../src/db.ts'
import { notify } from '../src/live/notify.ts'
import { sendMessage } from '../src/messages/service.ts'
import type { Person } from './people.ts'
import type { World } from './world.ts'

let bursts = 0

/** A program of Bob's sends many messages to Ada, one after the other: more than a page of changes holds. */
export async function burst(world: World, count = 55): Promise<void> {
  const [ada, bob] = world.people as [Person, Person]
  const process = world.net.balance()
  if (!process) return
  const at = `bob's program ${++bursts}`
  for (let sent = 0; sent < count; sent++) {
    const body = world.body(bob, ada)
    const clientId = `program-${body.replace(/\D/g, '')}`
    world.oracle.typed(clientId, { at, from: bob, to: ada, body })
    await sendMessage(process.deps, bob, { to: ada.username, body, clientId })
    world.oracle.acknowledged(clientId)
  }
}

/** A message of Ada and Bob is edited, as a later release may: told by a process that is up. */
export async function edit(world: World, n: number): Promise<void> {
  const [ada, bob] = world.people as [Person, Person]
  const process = world.net.balance()
  const conversation = await conversationOf(world, ada, bob)
  if (!conversation?.last_seq || !process) return
  const seq = (n % conversation.last_seq) + 1
  const id = `${conversation.id}-${seq}`
  const body = `${world.body(ada, bob)} edited`
  world.oracle.edited(id, body)
  const version = await transaction(world.deps, async (em) => {
    const db = em.getKysely<Tables>({ convertValues: true })
    await db
      .updateTable('conversation')
      .set(({ eb }) => ({ version: eb('version', '+', 1) }))
      .where('id', '=', conversation.id)
      .execute()
    const { version } = await db
      .selectFrom('conversation')
      .select('version')
      .where('id', '=', conversation.id)
      .executeTakeFirstOrThrow()
    await db
      .updateTable('message')
      .set({ body, version, edited_at: world.deps.now() as never })
      .where('conversation_id', '=', conversation.id)
      .where('seq', '=', seq)
      .execute()
    return version
  })
  notify(process.deps, ada.id, { type: 'message', id, with: bob.username, seq, version })
  notify(process.deps, bob.id, { type: 'message', id, with: ada.username, seq, version })
}

async function conversationOf({ deps }: World, one: Person, other: Person) {
  return deps.orm.em
    .fork()
    .getKysely<Tables>()
    .selectFrom('conversation')
    .select(['id', 'last_seq'])
    .where('low_id', '=', Math.min(one.id, other.id))
    .where('high_id', '=', Math.max(one.id, other.id))
    .executeTakeFirst()
}
