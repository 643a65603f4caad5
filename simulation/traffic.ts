import { sha256 } from '../src/database/hash.ts'
import { type StoredTables, toStoredTime } from '../src/database/tables.ts'
import { changeMessage } from '../src/messages/change-message.ts'
import { sendMessage } from '../src/messages/send.ts'
import type { Person } from './people.ts'
import type { World } from './world.ts'

let bursts = 0

/** Sends more messages from Bob to Ada, one after the other, than fit in one page of changes. */
export async function burst(world: World, count = 55): Promise<void> {
  const [ada, bob] = world.people as [Person, Person]
  const process = world.net.balance()
  if (!process) return
  const at = `bob's program ${++bursts}`
  for (let sent = 0; sent < count; sent++) {
    const body = world.body(bob, ada)
    const clientId = `program-${body.replace(/\D/g, '')}`
    world.oracle.typed(clientId, { at, from: bob, to: ada, body })
    await sendMessage(
      process.deps,
      { ...bob, textBytes: 0, createdAt: process.deps.now() },
      { to: ada.username, body, clientId },
    )
    world.oracle.acknowledged(clientId)
  }
}

/** Inserts `count` earlier messages from Bob to Ada. */
export async function history(world: World, count: number): Promise<void> {
  const [ada, bob] = world.people as [Person, Person]
  const at = toStoredTime(world.deps.orm, world.time.now() - 1000)
  const pair = { low_id: Math.min(ada.id, bob.id), high_id: Math.max(ada.id, bob.id) }
  const db = world.deps.orm.em.fork().getKysely<StoredTables>()
  await db
    .insertInto('conversation')
    .values({ ...pair, last_seq: count, version: count, active_at: at } as never)
    .execute()
  const conversation_id = (await conversationOf(world, ada, bob))!.id
  const members = [ada, bob].map(({ id }) => ({ conversation_id, user_id: id, read_seq: 0 }))
  await db.insertInto('member').values(members).execute()
  const messages = Array.from({ length: count }, (_, n) => {
    const [seq, body, client_id] = [n + 1, world.body(bob, ada), `before-${n}`]
    world.oracle.typed(client_id, { at: 'before', from: bob, to: ada, body })
    world.oracle.acknowledged(client_id)
    return {
      conversation_id,
      seq,
      version: seq,
      sender_id: bob.id,
      client_id,
      body,
      body_hash: sha256(body),
      created_at: at,
    }
  })
  await db
    .insertInto('message')
    .values(messages as never)
    .execute()
}

/** Edits a message of Ada and Bob. A running process publishes the hint. */
export async function edit(world: World, n: number): Promise<void> {
  const [ada, bob] = world.people as [Person, Person]
  const process = world.net.balance()
  const conversation = await conversationOf(world, ada, bob)
  if (!conversation?.last_seq || !process) return
  const seq = (n % conversation.last_seq) + 1
  const id = `${conversation.id}-${seq}`
  const body = `${world.body(ada, bob)} edited`
  world.oracle.edited(id, body)
  await changeMessage(
    { ...world.deps, bus: process.deps.bus },
    { conversation: conversation.id, seq },
    () => ({ body, editedAt: world.deps.now() }),
  )
}

async function conversationOf({ deps }: World, one: Person, other: Person) {
  return deps.orm.em
    .fork()
    .getKysely<StoredTables>()
    .selectFrom('conversation')
    .select(['id', 'last_seq'])
    .where('low_id', '=', Math.min(one.id, other.id))
    .where('high_id', '=', Math.max(one.id, other.id))
    .executeTakeFirst()
}
