import type { Me } from '../accounts/sessions/session.ts'
import { ensureConversation, findConversation } from '../conversations/lookup.ts'
import { checkCharacters } from '../database/characters.ts'
import { AppError, Conflict, Invalid } from '../http/errors.ts'
import type { Deps } from '../process/deps.ts'
import { preciseNow } from '../process/precise-now.ts'
import { emit, type TelemetryEvents } from '../process/telemetry.ts'
import { findRepeated, type Stored } from './append.ts'
import { ClientIdReused, Undeliverable } from './errors.ts'
import { storeMessage } from './group-commit.ts'
import { BODY_LIMIT, VISIBLE } from './limits.ts'
import type { MessageView } from './schema.ts'
import { type Member, messageView, namesOf } from './view.ts'

/**
 * Stores a message, then publishes a hint to both people. A repeated send with the same `clientId` returns the stored
 * message with `created` false.
 * @throws NotFound when no user has this name; Invalid for the body; TooManyRequests; Undeliverable; Conflict when `clientId` was used for another body
 */
export async function sendMessage(...input: Parameters<typeof send>): Promise<Sent> {
  const startedAt = performance.now()
  const report = (outcome: TelemetryEvents['chatapp:send']['outcome']) =>
    emit('chatapp:send', { outcome, ms: performance.now() - startedAt })
  try {
    const sent = await send(...input)
    report(sent.created ? 'created' : 'repeated')
    return sent
  } catch (error) {
    report(outcomeOf(error))
    throw error
  }
}

function outcomeOf(error: unknown): 'conflict' | 'refused' | 'failed' {
  if (error instanceof Conflict) return 'conflict'
  return error instanceof AppError && error.status < 500 ? 'refused' : 'failed'
}

type Sent = { message: MessageView; created: boolean }

async function send(
  deps: Deps,
  me: Member & Pick<Me, 'textBytes' | 'createdAt'>,
  { to, body, clientId = null }: { to: string; body: string; clientId?: string | null | undefined },
): Promise<Sent> {
  const requestedAt = preciseNow()
  const text = checkBody(body)
  const sender = String(me.id)
  // A repeated send is answered also when the limit is reached, and does not count: it stores nothing.
  const limited = await deps.limits.take('send', sender).then(
    () => null,
    (error: unknown) => error,
  )
  if (limited && clientId === null) throw limited
  const found = await findConversation(deps, me.id, to)
  const refusal = limited ?? refusalOf()
  const { row, created } = refusal ? await findStored(found, refusal) : await store(found)
  if (!created && !limited) await deps.limits.refund('send', sender)
  return { message: messageView(row, namesOf(me, found)), created }

  /** Why a new message would be refused; null if it would be stored. */
  function refusalOf(): AppError | null {
    if (!found.open) return new Undeliverable()
    if (!deps.textUsage.hasRoom(me, { text, now: deps.now() })) return new Invalid({ body: 'text_quota' })
    return null
  }

  async function store({ id, person }: typeof found): Promise<Stored> {
    const conversation = id ?? (await ensureConversation(deps, me.id, person.id))
    const people = person.id === me.id ? [me] : [me, person]
    const message = { conversation, sender: me.id, clientId, body: text, people, requestedAt }
    return storeMessage(deps, message)
  }

  /** A new message is refused, but a stored one can be sent again. */
  async function findStored({ id }: typeof found, refusal: unknown): Promise<Stored> {
    const message = { conversation: id ?? 0, sender: me.id, clientId, body: text, attemptedSeq: null }
    const outcome = id === null ? null : await findRepeated(deps.orm.em.fork(), message)
    if (!outcome) throw refusal
    if (outcome === 'conflict') throw new ClientIdReused()
    return outcome
  }
}

/** @throws Invalid */
function checkBody(text: string): string {
  const body = text.trim()
  if (!body) throw new Invalid({ body: 'body_empty' })
  if ([...body].length > BODY_LIMIT) throw new Invalid({ body: 'body_long' })
  checkCharacters('body', body)
  if (!VISIBLE.test(body)) throw new Invalid({ body: 'invisible' })
  return body
}
