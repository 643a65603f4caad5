import { Elysia, t } from 'elysia'
import { AdminInvitesPage } from '../../../web/admin/invites.tsx'
import { adminPaths } from '../../../web/admin/paths.ts'
import { text } from '../../../web/text/text.ts'
import { auth } from '../../accounts/sessions/auth.ts'
import { page, seeOther } from '../../http/responses.tsx'
import { FormField, PageQuery } from '../../http/schema.ts'
import type { Deps } from '../../process/deps.ts'
import { adminViewOf } from '../view.ts'
import { listAllInvites, revokeAnyInvite } from './service.ts'

const ROWS = 50

/** Invites of all users, for administrators, as a page. */
export function adminInvitePages(deps: Deps) {
  return new Elysia({ detail: { hide: true } })
    .use(auth(deps))
    .get(
      adminPaths.invites,
      async ({ viewer, query: { cursor, revoked } }) => {
        const invites = await listAllInvites(deps, { cursor, limit: ROWS })
        const { invites: title } = text(viewer.language).admin.sections
        const props = { invites, cursor, revoked: revoked === '1', view: adminViewOf(deps, viewer) }
        return page(deps, { title, viewer }, <AdminInvitesPage {...props} />)
      },
      { auth: 'admin', query: PageQuery({ cursor: FormField, revoked: FormField }) },
    )
    .post(
      '/admin/invites/:id/revoke',
      async ({ actor, request, params: { id } }) => {
        await revokeAnyInvite(deps, actor, id)
        return seeOther(request, `${adminPaths.invites}?revoked=1`)
      },
      { auth: 'admin', params: t.Object({ id: t.String() }) },
    )
}
