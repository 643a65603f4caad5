import { setImmediate } from 'node:timers/promises'
import { sha256 } from '../src/database/hash.ts'
import type { Store, Value } from './baseline-store.ts'

type NewMessage = { conversation: number; sender: number; clientId: string; body: string }
type Place = { seq: number; version: number; at: Date }

/**
 * Stores messages as the app does: those that arrive during a transaction share the next one, which takes three statements
 * for any number of messages.
 */
export function openCommit(store: Store, dialect: 'mysql' | 'sqlite', time: (at: Date) => Value) {
  const waiting: { message: NewMessage; stored: PromiseWithResolvers<Place> }[] = []
  let running = false

  async function run(): Promise<void> {
    running = true
    while (true) {
      // Lets requests that arrived together join the same batch.
      await setImmediate()
      const batch = waiting.splice(0, 128)
      if (batch.length === 0) break
      try {
        const places = await append(batch.map(({ message }) => message))
        for (const [at, { stored }] of batch.entries()) stored.resolve(places[at]!)
      } catch (error) {
        for (const { stored } of batch) stored.reject(error)
      }
    }
    running = false
  }

  function append(messages: NewMessage[]): Promise<Place[]> {
    const at = new Date()
    const ids = [...new Set(messages.map(({ conversation }) => conversation))]
    return store.transaction(async (run) => {
      const rows = await run(LOCK[dialect](placeholders(ids)), ...ids)
      const heads = new Map(rows.map((row) => [row.id, row as { last_seq: number; version: number }]))
      const places = messages.map(({ conversation }) => {
        const head = heads.get(conversation)!
        return { seq: ++head.last_seq, version: ++head.version, at }
      })
      await run(
        `insert into message (conversation_id, seq, version, sender_id, client_id, body, body_hash, created_at)
         values ${messages.map(() => '(?, ?, ?, ?, ?, ?, ?, ?)').join(', ')}`,
        ...messages.flatMap(({ conversation, sender, clientId, body }, n) => {
          const { seq, version } = places[n]!
          return [conversation, seq, version, sender, clientId, body, sha256(body), time(at)]
        }),
      )
      const each = `case id ${ids.map(() => 'when ? then ?').join(' ')} end`
      await run(
        `update conversation set last_seq = ${each}, version = ${each}, active_at = ? where id in (${placeholders(ids)})`,
        ...ids.flatMap((id) => [id, heads.get(id)!.last_seq]),
        ...ids.flatMap((id) => [id, heads.get(id)!.version]),
        ...[time(at), ...ids],
      )
      return places
    })
  }

  return (message: NewMessage): Promise<Place> => {
    const stored = Promise.withResolvers<Place>()
    waiting.push({ message, stored })
    if (!running) void run()
    return stored.promise
  }
}

const placeholders = (ids: number[]) => ids.map(() => '?').join(', ')

/** On SQLite the first write locks the whole database. */
const LOCK = {
  mysql: (ids: string) =>
    `select id, last_seq, version from conversation where id in (${ids}) order by id for update skip locked`,
  sqlite: (ids: string) =>
    `update conversation set version = version where id in (${ids}) returning id, last_seq, version`,
}
