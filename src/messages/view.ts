import type { Kysely } from 'kysely'
import type { Me } from '../accounts/sessions/session.ts'
import type { ExistingConversation, NewConversation } from '../conversations/lookup.ts'
import { type StoredTables, toIsoTime } from '../database/tables.ts'
import type { MessageView } from './schema.ts'

export type Member = Pick<Me, 'id' | 'username'>

/** The columns of a message that `messageView` reads. */
export const messageColumns = [
  'message.conversation as conversation',
  'message.seq',
  'message.sender as sender',
  'message.clientId',
  'message.body',
  'message.version',
  'message.createdAt',
  'message.editedAt',
  'message.deletedAt',
] as const

/** The same for a prepared query. */
export const storedMessageColumns = [
  'message.conversation_id as conversation',
  'message.seq',
  'message.sender_id as sender',
  'message.client_id as clientId',
  'message.body',
  'message.version',
  'message.created_at as createdAt',
  'message.edited_at as editedAt',
  'message.deleted_at as deletedAt',
] as const

/** A selected message. Times are as `toIsoTime` accepts them. */
export type MessageRow = {
  conversation: number
  seq: number
  sender: number
  clientId: string | null
  body: string
  version: number
  createdAt: unknown
  editedAt: unknown
  deletedAt: unknown
}

/** Usernames of a conversation's two people, by user ID. A user's own notes have one. */
export type Names = ReadonlyMap<number, string>

/** Converts a row to the view that both people get. */
export function messageView(row: MessageRow, names: Names): MessageView {
  const sender = names.get(row.sender)
  const recipient = [...names].find(([id]) => id !== row.sender)?.[1] ?? sender
  if (!sender || !recipient) throw new Error('the sender of the message is not in its conversation')
  return {
    id: messageId(row.conversation, row.seq),
    seq: row.seq,
    version: row.version,
    sender,
    recipient,
    body: row.deletedAt ? '' : row.body,
    createdAt: toIsoTime(row.createdAt),
    editedAt: row.editedAt ? toIsoTime(row.editedAt) : null,
    deletedAt: row.deletedAt ? toIsoTime(row.deletedAt) : null,
    clientId: row.clientId,
  }
}

/** The public ID of a message. */
export function messageId(conversation: number, seq: number): string {
  return `${conversation}-${seq}`
}

export function messagesOf(db: Kysely<StoredTables>, conversation: number) {
  return db
    .selectFrom('message')
    .select(storedMessageColumns)
    .where('message.conversation_id', '=', conversation)
}

export function namesOf(me: Member, { person }: ExistingConversation | NewConversation): Names {
  return new Map([
    [me.id, me.username],
    [person.id, person.username],
  ])
}
