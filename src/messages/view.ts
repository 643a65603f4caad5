import type { Kysely } from 'kysely'
import type { Me } from '../accounts/sessions/session.ts'
import type { ExistingConversation, NewConversation } from '../conversations/lookup.ts'
import { type Tables, toIsoTime } from '../database/orm.ts'
import type { MessageView } from './schema.ts'

export type Member = Pick<Me, 'id' | 'username'>

/** The columns of a message that `messageView` reads. */
export const messageColumns = [
  'message.conversation_id',
  'message.seq',
  'message.sender_id',
  'message.client_id',
  'message.body',
  'message.version',
  'message.created_at',
  'message.edited_at',
  'message.deleted_at',
] as const

export type MessageRow = {
  conversation_id: number
  seq: number
  sender_id: number
  client_id: string | null
  body: string
  version: number
  created_at: unknown
  edited_at: unknown
  deleted_at: unknown
}

/** Usernames of a conversation's two people, by user ID. A user's own notes have one. */
export type Names = ReadonlyMap<number, string>

/** Converts a row to the view that both people get. */
export function messageView(row: MessageRow, names: Names): MessageView {
  const sender = names.get(row.sender_id)
  const recipient = [...names].find(([id]) => id !== row.sender_id)?.[1] ?? sender
  if (!sender || !recipient) throw new Error('the sender of the message is not in its conversation')
  return {
    id: messageId(row.conversation_id, row.seq),
    seq: row.seq,
    version: row.version,
    sender,
    recipient,
    body: row.deleted_at ? '' : row.body,
    createdAt: toIsoTime(row.created_at),
    editedAt: row.edited_at ? toIsoTime(row.edited_at) : null,
    deletedAt: row.deleted_at ? toIsoTime(row.deleted_at) : null,
    clientId: row.client_id,
  }
}

/** The public ID of a message. */
export function messageId(conversation: number, seq: number): string {
  return `${conversation}-${seq}`
}

export function messagesOf(db: Kysely<Tables>, conversation: number) {
  return db.selectFrom('message').select(messageColumns).where('message.conversation_id', '=', conversation)
}

export function namesOf(me: Member, { person }: ExistingConversation | NewConversation): Names {
  return new Map([
    [me.id, me.username],
    [person.id, person.username],
  ])
}
