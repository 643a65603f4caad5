import { Elysia, t } from 'elysia'
import { paths } from '../../../web/paths.ts'
import { SecurityPage, type SecurityProps } from '../../../web/settings/security.tsx'
import { text } from '../../../web/text/text.ts'
import { formRenderer } from '../../http/request-context.ts'
import { page, seeOther } from '../../http/responses.tsx'
import { FormField, PageQuery } from '../../http/schema.ts'
import type { Deps } from '../../process/deps.ts'
import { changePassword } from '../password/change.ts'
import type { Viewer } from '../profile/schema.ts'
import { needsCode } from '../two-factor/service.ts'
import { auth } from './auth.ts'
import { listSessions, revokeOtherSessions, revokeOwnSession } from './service.ts'
import type { Me } from './session.ts'

/** Sessions per page. */
const ROWS = 20

/** The page of password and sessions, and its forms. */
export function securityPages(deps: Deps) {
  return new Elysia({ detail: { hide: true } })
    .use(auth(deps))
    .get(paths.security, ({ me, viewer, query }) => show({ me, viewer }, query), {
      auth: 'session',
      query: PageQuery({
        cursor: t.Optional(t.String({ maxLength: 1000 })),
        done: t.Optional(t.Union([t.Literal('password'), t.Literal('sessions')])),
      }),
    })
    .post(
      paths.changePassword,
      async ({ me, user, viewer: { language }, request, body: { newPassword = '' } }) => {
        await changePassword(deps, me, { user, newPassword, language })
        return seeOther(request, `${paths.security}?done=password`)
      },
      {
        auth: 'session',
        confirmPassword: true,
        form: formRenderer((fault, context) => show(context, fault)),
        body: t.Object({ password: FormField, code: FormField, newPassword: FormField, username: FormField }),
      },
    )
    .post(
      paths.endSessions,
      async ({ me, request }) => {
        await revokeOtherSessions(deps, me)
        return seeOther(request, `${paths.security}?done=sessions`)
      },
      { auth: 'session' },
    )
    .post(
      '/settings/security/sessions/:id/end',
      async ({ me, request, params: { id } }) => {
        await revokeOwnSession(deps, me, { id, isToken: false })
        return seeOther(request, `${paths.security}?done=sessions`)
      },
      { auth: 'session', params: t.Object({ id: t.String() }) },
    )

  async function show(
    { me, viewer }: { me: Me; viewer: Viewer },
    { cursor, done = null, errors = {}, status = 200 }: Outcome,
  ): Promise<Response> {
    const sessions = await listSessions(deps, me, { cursor, limit: ROWS })
    const needed = await needsCode(deps, me)
    const { title } = text(viewer.language).security
    return page(
      deps,
      { title, viewer, status },
      <SecurityPage
        {...{ username: me.username, sessions, done, errors }}
        needsCode={needed}
        passwords={deps.config.passwords}
        provider={deps.openId?.name ?? null}
      />,
    )
  }
}

type Outcome = {
  cursor?: string | undefined
  done?: SecurityProps['done'] | undefined
  errors?: Record<string, string>
  status?: number
}
