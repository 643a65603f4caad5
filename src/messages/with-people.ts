import { queryBuilder } from '../database/tables.ts'
import type { Deps } from '../process/deps.ts'
import type { MessageView } from './schema.ts'
import { messageColumns, messageView } from './view.ts'

/** Selects messages of any conversation, with both people as `low` and `high`. */
export function messagesWithPeople({ orm }: Pick<Deps, 'orm'>) {
  return queryBuilder(orm.em.fork())
    .selectFrom('message')
    .innerJoin('conversation', 'conversation.id', 'message.conversation')
    .innerJoin('user as low', 'low.id', 'conversation.low')
    .innerJoin('user as high', 'high.id', 'conversation.high')
    .select(messageColumns)
    .select(['low.id as lowId', 'low.username as lowName', 'high.id as highId', 'high.username as highName'])
}

type MessageWithPeople = Awaited<ReturnType<ReturnType<typeof messagesWithPeople>['execute']>>[number]

export function messageWithPeopleView(row: MessageWithPeople): MessageView {
  return messageView(
    row,
    new Map([
      [row.lowId, row.lowName],
      [row.highId, row.highName],
    ]),
  )
}
