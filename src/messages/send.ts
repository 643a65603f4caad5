import { ensureConversation, findConversation } from '../conversations/lookup.ts'
import { Conflict, Invalid, Undeliverable } from '../http/errors.ts'
import { preciseNow } from '../live/precise-now.ts'
import type { Deps } from '../process/deps.ts'
import { emit, type TelemetryEvents } from '../process/telemetry.ts'
import { storeMessage } from './group-commit.ts'
import { BODY_LIMIT } from './limits.ts'
import type { MessageView } from './schema.ts'
import { type Member, messageView, namesOf } from './view.ts'

/**
 * Stores a message, then tells both people.
 *
 * Sent again under the same `clientId` it answers with the message that is there already, `created` false.
 * @throws NotFound when there is nobody of that name; Invalid for the body; TooMany; Undeliverable; Conflict when `clientId` named another body
 */
export async function sendMessage(...asked: Parameters<typeof send>): Promise<Sent> {
  const startedAt = performance.now()
  const told = (outcome: TelemetryEvents['chatapp:send']['outcome']) =>
    emit('chatapp:send', { outcome, ms: performance.now() - startedAt })
  try {
    const sent = await send(...asked)
    told(sent.created ? 'created' : 'repeated')
    return sent
  } catch (error) {
    told(error instanceof Conflict ? 'conflict' : 'refused')
    throw error
  }
}

type Sent = { message: MessageView; created: boolean }

async function send(
  deps: Deps,
  me: Member,
  { to, body, clientId = null }: { to: string; body: string; clientId?: string | null | undefined },
): Promise<Sent> {
  const requestedAt = preciseNow()
  const text = checkBody(body)
  await deps.limits.take('send', String(me.id))
  const thread = await findConversation(deps, me.id, to)
  if (!thread.open) throw new Undeliverable()
  const conversation = thread.id ?? (await ensureConversation(deps, me.id, thread.person.id))
  const { person } = thread
  const people = [me, person].filter(({ id }, n) => n === 0 || id !== me.id)

  const { row, created } = await storeMessage(deps, {
    ...{ conversation, sender: me.id, clientId, body: text, people, requestedAt },
  })
  return { message: messageView(row, namesOf(me, thread)), created }
}

/** @throws Invalid */
function checkBody(text: string): string {
  const body = text.trim()
  if (!body) throw new Invalid({ body: 'body_empty' })
  if ([...body].length > BODY_LIMIT) throw new Invalid({ body: 'body_long' })
  if (!body.isWellFormed() || body.includes('\0')) throw new Invalid({ body: 'text' })
  return body
}
