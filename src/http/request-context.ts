import { AsyncLocalStorage } from 'node:async_hooks'
import { randomUUID } from 'node:crypto'
import type { Logger } from 'pino'
import { paths } from '../../web/paths.ts'
import { emit } from '../process/telemetry.ts'

/** What is known of the request under way by whatever serves it. */
export type CurrentRequest = {
  readonly id: string
  /** `other` when it is none that is common: anybody may make up methods. */
  readonly method: string
  /** The pattern of its path, such as `/chat/:username`; null until one fits. */
  route: string | null
  /** The ID of who is signed in. */
  user: number | null
  /** Of the answer; null until there is one. */
  status: number | null
}

/** The name of the header that carries the ID, in lower case. */
export const REQUEST_ID = 'x-request-id'

/** A proxy's ID is kept when it can stand in a log as it is; what is longer than IDs are may be something else. */
const WELL_FORMED = /^[\w.-]{8,64}$/

const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])

const current = new AsyncLocalStorage<CurrentRequest>()

/** The request that the caller works for, however deep in it. */
export function currentRequest(): CurrentRequest | undefined {
  return current.getStore()
}

/**
 * Serves a request under an ID, and tells of the answer: one line in the log and a message to `chatapp:request`. Both
 * know the pattern of the path alone: the path itself, the query and the headers hold names, searches and tokens.
 */
export function withRequestContext(
  log: Logger,
  request: Request,
  serve: () => Response | Promise<Response>,
): Promise<Response> {
  const given = request.headers.get(REQUEST_ID) ?? ''
  const id = WELL_FORMED.test(given) ? given : randomUUID()
  const method = METHODS.has(request.method) ? request.method : 'other'
  const now: CurrentRequest = { id, method, route: null, user: null, status: null }
  return current.run(now, async () => {
    emit('chatapp:request-begun', {})
    const startedAt = performance.now()
    try {
      const response = await serve()
      now.status = response.status
      return response
    } finally {
      const answer = {
        method,
        route: now.route,
        // Without a response, the runtime answers 500.
        status: now.status ?? 500,
        ms: Number((performance.now() - startedAt).toFixed(2)),
      }
      log[isRoutine(answer.route) ? 'debug' : 'info'](
        { ...answer, ...(now.user !== null && { user: now.user }) },
        'answered',
      )
      emit('chatapp:request', answer)
    }
  })
}

/** What supervisors and browsers ask for by themselves would bury the rest. */
function isRoutine(route: string | null): boolean {
  return route !== null && ROUTINE.some((start) => route.startsWith(start))
}
const ROUTINE = [paths.live, paths.ready, `${paths.assets}/`, `${paths.docs}/`]
