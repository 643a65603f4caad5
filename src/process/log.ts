import { ValidationError } from 'elysia'
import pino, { type DestinationStream, type Logger } from 'pino'
import { currentRequest } from '../http/request-context.ts'
import type { Config } from './config.ts'

/**
 * JSON lines for machines; on a terminal lines for people. Another destination than standard output gets JSON. What is
 * logged while a request is served carries its ID.
 */
export async function openLog(
  { logLevel: level }: Pick<Config, 'logLevel'>,
  destination?: DestinationStream,
): Promise<Logger> {
  const options = { level, serializers: { err: describeError }, mixin: requestId }
  if (destination) return pino(options, destination)
  if (!process.stdout.isTTY) return pino(options)
  const { default: pretty } = await import('pino-pretty')
  return pino(
    options,
    pretty({ sync: true, singleLine: true, ignore: 'pid,hostname', translateTime: 'SYS:HH:MM:ss.l' }),
  )
}

function requestId(): { requestId?: string } {
  const request = currentRequest()
  return request ? { requestId: request.id } : {}
}

/** What broke and where, without the rest: an error of the database carries the statement with what people wrote. */
function describeError(error: unknown) {
  if (!(error instanceof Error)) return { type: typeof error }
  const { name: type, message, stack } = error
  // The framework's own carries the whole answer that it refused, tokens included.
  if (error instanceof ValidationError) return { type, message: `${error.type} does not fit its schema` }
  return { type, message, stack }
}
