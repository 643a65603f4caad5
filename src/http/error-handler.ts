import { ValueErrorType } from '@sinclair/typebox/errors'
import { ValidationError } from 'elysia'
import { paths } from '../../web/paths.ts'
import { AdminRequired, TokenForbidden } from '../accounts/sessions/errors.ts'
import { isLockConflict } from '../database/orm.ts'
import type { Deps } from '../process/deps.ts'
import { logDenial } from '../process/security-event.ts'
import {
  AppError,
  BadRequest,
  CrossSite,
  type FieldCode,
  Invalid,
  InvalidToken,
  isConnectionError,
  isDiskFull,
  MethodNotAllowed,
  NotFound,
  TooManyRequests,
  Unavailable,
} from './errors.ts'
import { queryFaults } from './query.ts'
import { actorOf, currentRequest, noteRoute } from './request-context.ts'
import { errorResponse, formErrors, noContent } from './responses.tsx'
import type { RouteTable } from './route-table.ts'
import { viewerOf } from './viewer.ts'

/** The context of Elysia's `onError`. */
type Failure = {
  error: unknown
  code: string | number
  request: Request
  route?: string | undefined
  body?: unknown
  params?: unknown
  query?: unknown
  set: { status?: number | string }
}

/** Returns the error handler: it renders field errors in their form, and all others as a page or a problem (RFC 9457). */
export function errorHandler(deps: Deps, table: RouteTable) {
  return async (failure: Failure): Promise<Response> => {
    noteRoute(failure.route)
    try {
      const form = await renderForm(failure)
      if (form) {
        // Otherwise Elysia replaces status 200 with the status of the error.
        failure.set.status = form.status
        return form
      }
    } catch (error) {
      return respond({ ...failure, error, code: 'UNKNOWN' })
    }
    return respond(failure)
  }

  async function respond(failure: Failure): Promise<Response> {
    const { error, code, request } = failure
    const allowed = code === 'NOT_FOUND' ? methodsOf(request) : []
    if (allowed.length > 0 && request.method === 'OPTIONS') return noContent({ allow: allowed.join(', ') })
    const known = allowed.length > 0 ? new MethodNotAllowed(allowed) : asAppError(failure)
    if (DENIALS.some((kind) => known instanceof kind)) {
      const user = currentRequest()?.caller?.id ?? null
      await logDenial(deps, { event: 'access-denied', user })
    }
    if (known.status === 503) deps.log.warn({ reason: known.detail }, 'request failed: unavailable')
    else if (known.status >= 500) deps.log.error({ err: error }, 'request failed')
    return errorResponse(deps, request, known)
  }

  /** The methods of the path; empty when there is none. The paths of administration are shown to administrators only. */
  function methodsOf(request: Request): string[] {
    const { pathname } = new URL(request.url)
    return pathname.startsWith(paths.admin) ? [] : table.methodsOf(pathname)
  }

  /** Maps an error of a feature, the framework or a driver to its response; unknown errors become 500. */
  function asAppError({ error, code, request, route = '' }: Failure): AppError {
    if (error instanceof ValidationError && error.type === 'property') {
      // The framework does not name the parameter of a number out of range.
      const faults = queryFaults(table.queryOf(request.method, route), request.url)
      if (Object.keys(faults).length > 0) return new Invalid(faults)
    }
    return knownError(error, code)
  }
}

/** Refusals that a client gets only by going around the pages. */
const DENIALS = [CrossSite, InvalidToken, TokenForbidden, AdminRequired]

/** Renders the route's form with its field errors; null when the route has no form or the error is not about its fields. */
async function renderForm({ error, request, body, params, query }: Failure): Promise<Response | null> {
  const now = currentRequest()
  if (!now?.renderForm || !now.admitted) return null
  const viewer = viewerOf(request)
  const fault = formErrors(error, viewer)
  if (!fault) return null
  const sent = { body: body ?? {}, params: params ?? {}, query: query ?? {} } as Pick<
    Parameters<typeof now.renderForm>[1],
    'body' | 'params' | 'query'
  >
  const me = now.caller!
  const form = await now.renderForm(fault, { error, request, me, actor: me && actorOf(me), viewer, ...sent })
  if (error instanceof TooManyRequests) form.headers.set('retry-after', String(error.seconds))
  return form
}

function knownError(error: unknown, code: string | number): AppError {
  if (error instanceof AppError) return error
  if (error instanceof ValidationError && error.type !== 'response') {
    // No resource has a path with an invalid parameter.
    return error.type === 'params' ? new NotFound() : asInvalid(error)
  }
  if (code === 'NOT_FOUND') return new NotFound()
  if (code === 'PARSE')
    return error instanceof Error && error.cause instanceof AppError
      ? error.cause
      : new BadRequest('The request could not be read.')
  if (isConnectionError(error)) return new Unavailable('The database is unavailable.', 5)
  if (isDiskFull(error)) return new Unavailable('The disk is full.', 10)
  if (isLockConflict(error)) return new Unavailable('The database is busy.')
  return new AppError(500, 'Something went wrong on the server. It has been logged.')
}

/** Maps the invalid fields to error codes, without repeating their values. */
function asInvalid(error: ValidationError): Invalid {
  const fields: Record<string, FieldCode> = {}
  for (const fault of error.all) {
    if (!('path' in fault)) continue
    const code = CODES[fault.type as ValueErrorType] ?? 'invalid'
    // The name of an unknown field comes from the request, so it is not repeated.
    const field = code === 'unexpected' ? '*' : fault.path.slice(1).split('/')[0] || fallbackField(error.type)
    fields[field] ??= code
  }
  return new Invalid(fields)
}

/** The field name where the framework has none, as for a number in the query that is out of range. */
function fallbackField(place: string): string {
  return place === 'property' ? 'query' : place
}

const CODES: Partial<Record<ValueErrorType, FieldCode>> = {
  [ValueErrorType.ObjectRequiredProperty]: 'required',
  [ValueErrorType.ObjectAdditionalProperties]: 'unexpected',
}
