import { Elysia } from 'elysia'
import type { Hub } from '../live/hub.ts'
import type { Deps } from '../process/deps.ts'
import { adminInvitePages } from './invites/pages.tsx'
import { adminInviteRoutes } from './invites/routes.ts'
import { adminMessagePages } from './messages/pages.tsx'
import { adminMessageRoutes } from './messages/routes.ts'
import { adminPages } from './pages.tsx'
import { adminReportPages } from './reports/pages.tsx'
import { adminReportRoutes } from './reports/routes.ts'
import { adminRoutes } from './routes.ts'
import { adminUserPages } from './users/pages.tsx'
import { adminUserRoutes } from './users/routes.ts'
import { adminSignInRoutes } from './users/sign-in-routes.ts'

/** The administration. Reading messages is included only with `ADMIN_READS_MESSAGES`. */
export function admin(deps: Deps, hub: Pick<Hub, 'size'>) {
  const plugin = new Elysia()
    .use(adminRoutes(deps, hub))
    .use(adminPages(deps, hub))
    .use(adminUserRoutes(deps))
    .use(adminSignInRoutes(deps))
    .use(adminUserPages(deps))
    .use(adminReportRoutes(deps))
    .use(adminReportPages(deps))
    .use(adminInviteRoutes(deps))
    .use(adminInvitePages(deps))
  return deps.config.adminReadsMessages
    ? plugin.use(adminMessageRoutes(deps)).use(adminMessagePages(deps))
    : plugin
}
