import type { Found } from './ledger.ts'

/** The key of the conversation of two people. */
export const pairKey = (...pair: readonly string[]) => pair.toSorted().join(' ')

const FROM_MESSAGES = `from message
  join conversation on conversation.id = message.conversation_id
  join user as low on low.id = conversation.low_id
  join user as high on high.id = conversation.high_id`

/** Counts the stored messages of each conversation, by {@link pairKey}. */
export async function countStored(sql: Bun.SQL): Promise<Map<string, number>> {
  const rows: { low: string; high: string; count: number }[] = await sql.unsafe(
    `select low.username as low, high.username as high, count(*) as count ${FROM_MESSAGES} group by low.username, high.username`,
  )
  return new Map(rows.map(({ low, high, count }) => [pairKey(low, high), Number(count)]))
}

/** Reads the stored messages of each conversation in order, by {@link pairKey}. */
export async function readStored(sql: Bun.SQL): Promise<Map<string, Found[]>> {
  const rows: (Found & { low: string; high: string })[] = await sql.unsafe(
    `select low.username as low, high.username as high, seq, sender.username as sender, client_id as clientId, body
     ${FROM_MESSAGES} join user as sender on sender.id = message.sender_id order by conversation_id, seq`,
  )
  return Map.groupBy(rows, ({ low, high }) => pairKey(low, high))
}
