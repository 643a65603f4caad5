import { publishEvent } from '../live/publish.ts'
import type { Deps } from '../process/deps.ts'
import { messageId } from './view.ts'

type ChangedMessage = {
  conversation: number
  seq: number
  version: number
  /** The two people of the conversation; a user's own notes have one. */
  people: readonly { id: number; username: string }[]
}

/**
 * Publishes a hint to both people that a message is new or changed. Call it after the commit.
 * @param at when the change was requested, in milliseconds since 1970
 */
export function publishMessageHint(
  deps: Pick<Deps, 'bus' | 'log'>,
  { conversation, seq, version, people }: ChangedMessage,
  at?: number,
): void {
  const id = messageId(conversation, seq)
  for (const person of people) {
    const other = people.find((one) => one !== person) ?? person
    publishEvent(deps, person.id, { type: 'message', id, with: other.username, seq, version }, at)
  }
}
