import { Elysia, t } from 'elysia'
import { paths } from '../../../web/paths.ts'
import { InvitesPage, type InvitesProps } from '../../../web/settings/invites.tsx'
import { text } from '../../../web/text/text.ts'
import { formRenderer } from '../../http/request-context.ts'
import { page, seeOther } from '../../http/responses.tsx'
import { FormField, PageQuery } from '../../http/schema.ts'
import type { Deps } from '../../process/deps.ts'
import type { Viewer } from '../profile/schema.ts'
import { auth } from '../sessions/auth.ts'
import type { Me } from '../sessions/session.ts'
import { mayInvite } from './access.ts'
import { createInvite, listInvites, revokeInvite } from './service.ts'

const ROWS = 20

/** The form's initial values. */
const NEW = { name: '', uses: 1, days: 7 }

/** The page of the user's invites, and its forms. */
export function invitePages(deps: Deps) {
  return new Elysia({ detail: { hide: true } })
    .use(auth(deps))
    .get(
      paths.invites,
      ({ me, viewer, query: { cursor, revoked } }) =>
        show({ me, viewer }, { cursor, revoked: revoked === '1' }),
      { auth: 'session', query: PageQuery({ cursor: FormField, revoked: FormField }) },
    )
    .post(
      paths.invites,
      async ({ me, actor, viewer, body }) => {
        const created = await createInvite(deps, { me, actor }, body)
        // No redirect: the link would have to be stored until the next request.
        return show({ me, viewer }, { created })
      },
      {
        auth: 'session',
        form: formRenderer((fault, { me, viewer, body: { name = '', uses, days } }) =>
          show(
            { me, viewer },
            { typed: { name, uses: Number(uses ?? 0), days: Number(days ?? 0) }, ...fault },
          ),
        ),
        body: t.Object({ name: FormField, uses: t.Optional(t.Integer()), days: t.Optional(t.Integer()) }),
      },
    )
    .post(
      '/settings/invites/:id/revoke',
      async ({ me, request, params: { id } }) => {
        await revokeInvite(deps, me, id)
        return seeOther(request, `${paths.invites}?revoked=1`)
      },
      { auth: 'session', params: t.Object({ id: t.String() }) },
    )

  async function show(
    { me, viewer }: { me: Me; viewer: Viewer },
    { status = 200, cursor, ...shown }: Shown,
  ): Promise<Response> {
    const invites = await listInvites(deps, me, { cursor, limit: ROWS })
    const allowed = mayInvite(deps.config, me)
    const props = { created: null, revoked: false, typed: NEW, errors: {}, allowed, ...shown }
    const { title } = text(viewer.language).invites
    return page(deps, { title, viewer, status }, <InvitesPage {...props} invites={invites} />)
  }
}

type Shown = Partial<Pick<InvitesProps, 'created' | 'revoked' | 'typed' | 'errors'>> & {
  status?: number
  cursor?: string | undefined
}
