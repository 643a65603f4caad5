import { Elysia, t } from 'elysia'
import { paths } from '../../../web/paths.ts'
import { BadCursor } from '../../http/errors.ts'
import { noContent } from '../../http/responses.tsx'
import { CursorQuery, documentError, documentMore, Limit, LOCATION, problems } from '../../http/schema.ts'
import type { Deps } from '../../process/deps.ts'
import { MAX_INVITES } from '../limits.ts'
import { auth } from '../sessions/auth.ts'
import { InviteForbidden } from './errors.ts'
import { CreatedInvite, InvitePage, NewInvite } from './schema.ts'
import { createInvite, listInvites, revokeInvite } from './service.ts'

/** The user's own invites, as JSON. */
export function inviteRoutes(deps: Deps) {
  return new Elysia()
    .use(auth(deps))
    .get(
      paths.api.invites,
      ({ me, query }) => listInvites(deps, me, { ...query, limit: query.limit ?? 50 }),
      {
        auth: 'session',
        query: t.Object({ cursor: CursorQuery, limit: Limit }),
        response: { 200: InvitePage, ...problems(400, 422) },
        detail: {
          operationId: 'listInvites',
          tags: ['Settings'],
          summary: 'List your invites',
          description: 'Those that can still be used, newest first, without their links.',
          responses: { 400: documentError(new BadCursor()) },
        },
      },
    )
    .post(
      paths.api.invites,
      async ({ me, actor, body, set, status }) => {
        const created = await createInvite(deps, { me, actor }, body)
        set.headers.location = paths.api.invite(created.id)
        return status(201, created)
      },
      {
        auth: 'session',
        body: NewInvite,
        response: { 201: CreatedInvite, ...problems(403, 422) },
        detail: {
          operationId: 'createInvite',
          tags: ['Settings'],
          summary: 'Invite people',
          description: `Creates a link to sign up, with a password or with the OpenID Connect provider of the server. At most ${MAX_INVITES} at a time. The people who sign up with it and you see each other at the top of the conversations. The operator decides who may invite.`,
          responses: {
            201: { description: 'Created. The link is returned only here.', headers: LOCATION },
            403: documentMore(new InviteForbidden()),
          },
        },
      },
    )
    .delete(
      `${paths.api.invites}/:id`,
      async ({ me, params: { id } }) => {
        await revokeInvite(deps, me, id)
        return noContent()
      },
      {
        auth: 'session',
        params: t.Object({ id: t.String({ description: '`id` of the invite.', examples: ['12'] }) }),
        response: { 204: t.Undefined(), ...problems(404) },
        detail: {
          operationId: 'revokeInvite',
          tags: ['Settings'],
          summary: 'Revoke an invite',
          description: 'Its link no longer works. Accounts that were created with it stay.',
          responses: { 204: { description: 'Revoked.' } },
        },
      },
    )
}
