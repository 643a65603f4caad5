import { Elysia } from 'elysia'
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
import { clientAddressResolver, type Peer } from './http/client-address.ts'
import { errorHandler } from './http/error-handler.ts'
import { checkOrigin } from './http/origin-check.ts'
import { readBody } from './http/request-body.ts'
import { currentRequest, noteRoute, REQUEST_ID, withRequestContext } from './http/request-context.ts'
import { securityHeaders } from './http/security-headers.ts'
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

/** All of ChatApp as a function from Request to Response. It reads no environment and opens no port. */
export function createApp(deps: Deps) {
  const { config, log } = deps
  const hub = new Hub(deps.bus, log, (sessions) => filterActiveSessions(deps, sessions))
  const headers = securityHeaders(config)
  const addressOf = clientAddressResolver(config.trustedProxies)

  // Hosts may be shorter than four letters: http://nas/
  const elysia = new Elysia({ normalize: false, handler: { standardHostname: false } })
    .use(deps.tracing?.plugin ?? new Elysia())
    .onRequest(({ request, set }) => {
      Object.assign(set.headers, headers, { [REQUEST_ID]: currentRequest()?.id })
      // Pages and files set their own.
      if (new URL(request.url).pathname.startsWith(paths.api.root)) set.headers['cache-control'] = 'no-store'
      checkOrigin(request, config)
    })
    .onParse({ as: 'global' }, ({ request, route }) =>
      UPLOADS.has(`${request.method} ${route}`) ? null : readBody(request),
    )
    .onTransform({ as: 'global' }, ({ route }) => noteRoute(route))
    .onError({ as: 'global' }, errorHandler(deps))
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
    fetch(request: Request, peer: Peer = { address: 'unknown' }): Promise<Response> {
      const { upgrade } = peer
      const context = { log, address: addressOf(request, peer), upgrade }
      return withRequestContext(request, context, () => elysia.fetch(request))
    },
    routes: elysia.routes,
    hub,
  }
}

/** Routes whose handlers read the body themselves, once the caller is known: larger than other bodies, and neither JSON nor a plain form. */
const UPLOADS: ReadonlySet<string> = new Set([`POST ${paths.avatarSettings}`, `PUT ${paths.api.avatar}`])
