import { Elysia, t } from 'elysia'
import { adminPaths } from '../../../web/admin/paths.ts'
import { auth } from '../../accounts/sessions/auth.ts'
import { BadCursor } from '../../http/errors.ts'
import { noContent } from '../../http/responses.tsx'
import { CursorQuery, documentError, Limit, problems } from '../../http/schema.ts'
import type { Deps } from '../../process/deps.ts'
import { AdminInvitePage } from '../schema.ts'
import { UnknownInvite } from './errors.ts'
import { listAllInvites, revokeAnyInvite } from './service.ts'

/** Invites of all users, for administrators, as JSON. */
export function adminInviteRoutes(deps: Deps) {
  return new Elysia()
    .use(auth(deps))
    .get(
      adminPaths.api.invites,
      ({ query }) => listAllInvites(deps, { ...query, limit: query.limit ?? 50 }),
      {
        auth: 'admin',
        query: t.Object({ cursor: CursorQuery, limit: Limit }),
        response: { 200: AdminInvitePage, ...problems(400, 422) },
        detail: {
          operationId: 'adminListInvites',
          tags: ['Administration'],
          summary: 'List invites',
          description: 'Those of all users that can still be used, newest first, without their links.',
          responses: { 400: documentError(new BadCursor()) },
        },
      },
    )
    .delete(
      `${adminPaths.api.invites}/:id`,
      async ({ actor, params: { id } }) => {
        await revokeAnyInvite(deps, actor, id)
        return noContent()
      },
      {
        auth: 'admin',
        params: t.Object({ id: t.String({ description: '`id` of the invite.', examples: ['12'] }) }),
        response: { 204: t.Undefined(), ...problems(404) },
        detail: {
          operationId: 'adminRevokeInvite',
          tags: ['Administration'],
          summary: 'Revoke an invite',
          description: 'Its link no longer works. Accounts that were created with it stay.',
          responses: { 204: { description: 'Revoked.' }, 404: documentError(new UnknownInvite()) },
        },
      },
    )
}
