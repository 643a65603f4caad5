import { Elysia } from 'elysia'
import { paths } from '../web/paths.ts'
import { accounts } from './accounts/plugin.ts'
import { filterActiveSessions } from './accounts/sessions/session.ts'
import { admin } from './admin/plugin.ts'
import { conversations } from './conversations/plugin.ts'
import { clientAddressResolver, type Peer } from './http/client-address.ts'
import { cookieNames, withoutStoredCookie } from './http/cookies.ts'
import { errorHandler } from './http/error-handler.ts'
import { Invalid, NotFound } from './http/errors.ts'
import { formRedirects } from './http/form-redirects.ts'
import { jsonResponse } from './http/json-response.ts'
import { checkOrigin } from './http/origin-check.ts'
import { queryFaults } from './http/query.ts'
import { readBody, refuseUntypedBody } from './http/request-body.ts'
import { currentRequest, noteRoute, REQUEST_ID, withRequestContext } from './http/request-context.ts'
import { limitRequest, withRateLimit } from './http/request-limit.ts'
import { routeTable } from './http/route-table.ts'
import { securityHeaders } from './http/security-headers.ts'
import { assetRoutes } from './http/static-files.ts'
import { Hub } from './live/hub.ts'
import { liveRoutes } from './live/routes.ts'
import { messageRoutes } from './messages/routes.ts'
import { moderation } from './moderation/plugin.ts'
import { openapiRoutes } from './openapi/routes.ts'
import type { Deps } from './process/deps.ts'
import { healthRoutes } from './process/health.ts'

export type App = ReturnType<typeof createApp>

/** Creates the whole app as a function from Request to Response. It reads no environment variables and opens no port. */
export function createApp(deps: Deps) {
  const { config, log } = deps
  const hub = new Hub(deps.bus, log, (sessions) => filterActiveSessions(deps, sessions))
  const headers = securityHeaders(config)
  const addressOf = clientAddressResolver(config.trustedProxies, log)

  const table = routeTable()

  // Allows host names shorter than four letters, such as http://nas/
  const elysia = new Elysia({ normalize: false, handler: { standardHostname: false } })
    .use(deps.tracing?.plugin ?? new Elysia())
    .onRequest(async ({ request, set }) => {
      // Pictures and files set their own `Cache-Control`.
      Object.assign(set.headers, headers, NO_STORE, { [REQUEST_ID]: currentRequest()?.id })
      // Every request counts first, so that refusals are limited, too.
      await limitRequest(deps, request)
      checkOrigin(request, config)
      const { pathname } = new URL(request.url)
      // Otherwise `/users/`, a user without a name, would be the list of users.
      if (pathname.startsWith(paths.api.root) && pathname.endsWith('/')) throw new NotFound()
    })
    .onParse({ as: 'global' }, ({ request, route }) =>
      UPLOADS.has(`${request.method} ${route}`) ? null : readBody(request),
    )
    .onTransform({ as: 'global' }, ({ request, route }) => {
      noteRoute(route)
      return refuseUntypedBody(request)
    })
    .onBeforeHandle({ as: 'global' }, ({ request, route }) => {
      if (!route.startsWith(paths.api.root)) return
      const faults = queryFaults(table.queryOf(request.method, route), request.url)
      if (Object.keys(faults).length > 0) throw new Invalid(faults)
    })
    .mapResponse({ as: 'global' }, ({ request, responseValue }) => jsonResponse(request, responseValue))
    .onError({ as: 'global' }, errorHandler(deps, table))
    .use(accounts(deps))
    .use(conversations(deps))
    .use(messageRoutes(deps))
    .use(liveRoutes(deps, hub))
    .use(moderation(deps))
    .use(admin(deps, hub))
    .use(healthRoutes(deps, hub))
    .use(assetRoutes(deps))
    .use(openapiRoutes(deps))
  elysia.use(formRedirects(elysia.routes))
  table.fill(elysia.routes)

  return {
    fetch(request: Request, peer: Peer = { address: 'unknown' }): Promise<Response> {
      const { upgrade } = peer
      const cookies = cookieNames(config, request)
      const context = {
        log,
        address: addressOf(request, peer),
        upgrade,
        cookies,
      }
      return withRequestContext(request, context, async () =>
        withRateLimit(withoutStoredCookie(await elysia.fetch(request))),
      )
    },
    routes: elysia.routes,
    hub,
  }
}

const NO_STORE = { 'cache-control': 'no-store' }

/** Routes whose handlers read the body themselves after authentication: it is larger, and neither JSON nor a plain form. */
const UPLOADS: ReadonlySet<string> = new Set([`POST ${paths.avatarSettings}`, `PUT ${paths.api.avatar}`])
