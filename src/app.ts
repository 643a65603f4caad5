import { ValueErrorType } from '@sinclair/typebox/errors'
import { Elysia, ValidationError } from 'elysia'
import { paths } from '../web/paths.ts'
import { tokenPages } from './accounts/api-tokens/pages.tsx'
import { tokenRoutes } from './accounts/api-tokens/routes.ts'
import { dataPages } from './accounts/data/pages.tsx'
import { dataRoutes } from './accounts/data/routes.ts'
import { emailPages } from './accounts/email/pages.tsx'
import { emailRoutes } from './accounts/email/routes.ts'
import { passkeyPages } from './accounts/passkeys/pages.tsx'
import { passkeyRoutes } from './accounts/passkeys/routes.ts'
import { passwordResetPages } from './accounts/password/reset-pages.tsx'
import { passwordResetRoutes } from './accounts/password/reset-routes.ts'
import { avatarRoutes } from './accounts/profile/avatar-routes.ts'
import { settingsPages } from './accounts/profile/pages.tsx'
import { securityPages } from './accounts/sessions/pages.tsx'
import { securityRoutes } from './accounts/sessions/routes.ts'
import { filterActiveSessions } from './accounts/sessions/session.ts'
import { accountPages } from './accounts/sign-in/pages.tsx'
import { accountRoutes } from './accounts/sign-in/routes.ts'
import { twoFactorPages } from './accounts/two-factor/pages.tsx'
import { twoFactorRoutes } from './accounts/two-factor/routes.ts'
import { adminMessagePages } from './admin/messages/pages.tsx'
import { adminMessageRoutes } from './admin/messages/routes.ts'
import { adminPages } from './admin/pages.tsx'
import { adminReportPages } from './admin/reports/pages.tsx'
import { adminReportRoutes } from './admin/reports/routes.ts'
import { adminRoutes } from './admin/routes.ts'
import { adminUserPages } from './admin/users/pages.tsx'
import { adminUserRoutes } from './admin/users/routes.ts'
import { conversationPages } from './conversations/pages.tsx'
import { conversationRoutes } from './conversations/routes.ts'
import { isLockConflict } from './database/orm.ts'
import {
  AppError,
  BadRequest,
  type FieldCode,
  Invalid,
  isConnectionError,
  isDiskFull,
  NotFound,
  Unavailable,
} from './http/errors.ts'
import { currentRequest, REQUEST_ID, withRequestContext } from './http/request-context.ts'
import { errorResponse } from './http/responses.tsx'
import { checkOrigin, clientAddressResolver, readBody, securityHeaders } from './http/security.ts'
import { assetRoutes } from './http/static-files.ts'
import { Hub } from './live/hub.ts'
import { liveRoutes } from './live/routes.ts'
import { messageRoutes } from './messages/routes.ts'
import { moderationPages } from './moderation/pages.tsx'
import { moderationRoutes } from './moderation/routes.ts'
import { openapiRoutes } from './openapi/routes.ts'
import type { Deps } from './process/deps.ts'
import { healthRoutes } from './process/health.ts'

export type App = ReturnType<typeof createApp>

/** The whole of ChatApp as a function from Request to Response. It reads no environment and opens no port. */
export function createApp(deps: Deps) {
  const { config, log } = deps
  const hub = new Hub(deps.bus, log, (sessions) => filterActiveSessions(deps, sessions))
  const headers = securityHeaders(config)
  const findClient = clientAddressResolver(config.trustedProxies)

  // Hosts may be shorter than four letters: http://nas/
  const elysia = new Elysia({ normalize: false, handler: { standardHostname: false } })
    .use(deps.tracing?.plugin ?? new Elysia())
    .onRequest(({ request, set }) => {
      Object.assign(set.headers, headers, { [REQUEST_ID]: currentRequest()?.id })
      // Pages say it for themselves, and what is not private says otherwise.
      if (new URL(request.url).pathname.startsWith(paths.api.root)) set.headers['cache-control'] = 'no-store'
      checkOrigin(request, config)
    })
    .onParse({ as: 'global' }, ({ request, route }) =>
      // Read by its handler, once it is known whose it is: nobody else sends anything large.
      UPLOADS.has(`${request.method} ${route}`) ? null : readBody(request),
    )
    .onTransform({ as: 'global' }, ({ route }) => noteRoute(route))
    .onError({ as: 'global' }, async ({ error, code, request, route }) => {
      noteRoute(route)
      const known = asAppError(error, code)
      if (known.status === 503) log.warn({ reason: known.detail }, 'a request has to wait')
      else if (known.status >= 500) log.error({ err: error }, 'a request failed')
      return errorResponse(deps, request, known)
    })
    .use(accountPages(deps))
    .use(settingsPages(deps))
    .use(passwordResetPages(deps))
    .use(emailPages(deps))
    .use(securityPages(deps))
    .use(passkeyPages(deps))
    .use(twoFactorPages(deps))
    .use(tokenPages(deps))
    .use(dataPages(deps))
    .use(conversationPages(deps))
    .use(accountRoutes(deps))
    .use(passwordResetRoutes(deps))
    .use(emailRoutes(deps))
    .use(avatarRoutes(deps))
    .use(securityRoutes(deps))
    .use(passkeyRoutes(deps))
    .use(twoFactorRoutes(deps))
    .use(tokenRoutes(deps))
    .use(dataRoutes(deps))
    .use(conversationRoutes(deps))
    .use(messageRoutes(deps))
    .use(moderationRoutes(deps))
    .use(moderationPages(deps))
    .use(adminRoutes(deps, hub))
    .use(adminUserRoutes(deps))
    .use(adminReportRoutes(deps))
    .use(config.adminReadsMessages ? adminMessageRoutes(deps) : new Elysia())
    .use(adminPages(deps, hub))
    .use(adminUserPages(deps))
    .use(adminReportPages(deps))
    .use(config.adminReadsMessages ? adminMessagePages(deps) : new Elysia())
    .use(liveRoutes(deps, hub))
    .use(healthRoutes(deps, hub))
    .use(assetRoutes(deps))
    .use(openapiRoutes(deps))

  return {
    fetch(request: Request): Promise<Response> {
      findClient(request)
      return withRequestContext(log, request, () => elysia.fetch(request))
    },
    routes: elysia.routes,
    hub,
  }
}

/** What takes a body that is larger than others, and neither JSON nor a plain form. */
const UPLOADS: ReadonlySet<string> = new Set([`POST ${paths.avatarSettings}`, `PUT ${paths.api.avatar}`])

/** Which route it is, the framework knows once it has found it, also when reading the body or the caller then fails. */
function noteRoute(route: string | undefined): void {
  const request = currentRequest()
  if (request && route) request.route = route
}

/** What the framework and the features throw, as something that can be told; the rest is a fault of ours. */
function asAppError(error: unknown, code: string | number): AppError {
  if (error instanceof AppError) return error
  if (error instanceof ValidationError && error.type !== 'response') {
    // What can't be a name in a path is nobody's.
    return error.type === 'params' ? new NotFound() : asInvalid(error)
  }
  if (code === 'NOT_FOUND') return new NotFound()
  if (code === 'PARSE')
    return error instanceof Error && error.cause instanceof AppError
      ? error.cause
      : new BadRequest('The request could not be read.')
  if (isConnectionError(error)) return new Unavailable('The database does not answer.', 5)
  if (isDiskFull(error)) return new Unavailable('There is no room to store anything.', 10)
  if (isLockConflict(error)) return new Unavailable('The database is busy.')
  return new AppError(500, 'Something went wrong on the server. It has been logged.')
}

/** The fields that do not fit their schema: named, but not repeated. */
function asInvalid(error: ValidationError): Invalid {
  const fields: Record<string, FieldCode> = {}
  for (const fault of error.all) {
    if (!('path' in fault)) continue
    const code = CODES[fault.type as ValueErrorType] ?? 'invalid'
    // The name of a field that is not ours came from outside.
    const field = code === 'unexpected' ? '*' : fault.path.slice(1).split('/')[0] || nameless(error.type)
    fields[field] ??= code
  }
  return new Invalid(fields)
}

/** Of a number out of bounds in the query the framework forgets the name. */
function nameless(place: string): string {
  return place === 'property' ? 'query' : place
}

const CODES: Partial<Record<ValueErrorType, FieldCode>> = {
  [ValueErrorType.ObjectRequiredProperty]: 'required',
  [ValueErrorType.ObjectAdditionalProperties]: 'unexpected',
}
