import { ValidationError } from 'elysia'
import type { DestinationStream, Logger } from 'pino'
import { currentRequest } from '../http/request-context.ts'
import type { Config } from './config.ts'
import { isDatabaseError, reasonOf } from './reason.ts'

/**
 * Opens the log: JSON lines, or readable lines on a terminal. `destination` replaces standard output and gets JSON. Entries
 * written while a request is served contain its ID.
 */
export async function openLog(
  { logLevel: level }: Pick<Config, 'logLevel'>,
  destination?: DestinationStream,
): Promise<Logger> {
  // Loaded on demand: pino needs files and threads, which not every runtime has.
  const { default: pino } = await import('pino')
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

/** Type, message and stack only: other properties contain user data. Of a database error, the message does, too. */
function describeError(error: unknown) {
  if (!(error instanceof Error)) return { type: typeof error }
  const { name: type, message, stack } = error
  // The message of a ValidationError contains the whole rejected response, with tokens.
  if (error instanceof ValidationError) return { type, message: `${error.type} does not match its schema` }
  if (isDatabaseError(error)) return { type, message: reasonOf(error), stack: framesOf(error) }
  return { type, message, stack }
}

/** The stack without the message at its beginning. */
function framesOf({ stack }: Error): string | undefined {
  return stack
    ?.split('\n')
    .filter((line) => /^\s+at /.test(line))
    .join('\n')
}
