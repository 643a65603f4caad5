import type { Deps } from '../process/deps.ts'
import { preciseNow } from '../process/precise-now.ts'
import { publishMessageHint } from './message-hint.ts'
import { MESSAGE_OVERHEAD } from './text-usage.ts'
import { type MessageRow, messageId } from './view.ts'

/** A new message, after its commit. */
export type StoredMessage = {
  row: MessageRow
  /** The two people of the conversation, the sender first; a user's own notes have one. */
  people: readonly { id: number; username: string }[]
  /** When the send was requested, in milliseconds since 1970. */
  requestedAt: number
}

/**
 * Runs after the commit of each new message, even if the response to the send was 503. The response does not wait for it. A
 * crash may skip it, so nothing may depend on it alone.
 */
export type MessageStoredHook = (deps: Deps, message: StoredMessage) => void | Promise<void>

/** The default hooks, in the order in which they run. */
export const messageStoredHooks: readonly MessageStoredHook[] = [publishHint, countText]

/** Starts all hooks. Never throws: a failed hook is logged and does not stop the others. */
export function runMessageStoredHooks(deps: Deps, message: StoredMessage): void {
  const { conversation, seq } = message.row
  for (const hook of deps.onMessageStored) {
    const run = async () => hook(deps, message)
    run().catch((error) =>
      deps.log.error({ err: error, conversation, seq }, 'a hook of a stored message failed'),
    )
  }
}

function countText({ textUsage }: Deps, { row }: StoredMessage): void {
  textUsage.add(row.sender, MESSAGE_OVERHEAD + Buffer.byteLength(row.body))
}

function publishHint(deps: Deps, { row, people, requestedAt }: StoredMessage): void {
  const { conversation, seq, version } = row
  publishMessageHint(deps, { conversation, seq, version, people }, requestedAt)
  const ms = Number((preciseNow() - requestedAt).toFixed(2))
  deps.log.debug({ id: messageId(conversation, seq), ms }, 'committed')
}
