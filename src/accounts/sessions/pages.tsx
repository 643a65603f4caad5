import { Elysia, t } from 'elysia'
import { paths } from '../../../web/paths.ts'
import { SecurityPage, type SecurityProps } from '../../../web/settings/security.tsx'
import { text } from '../../../web/text/text.ts'
import { asFieldErrors, page, seeOther } from '../../http/responses.tsx'
import { viewerOf } from '../../http/viewer.ts'
import type { Deps } from '../../process/deps.ts'
import { confirmPassword } from '../sign-in/service.ts'
import { auth } from './auth.ts'
import { changePassword, listSessions, revokeOtherSessions, revokeOwnSession } from './service.ts'
import type { Me } from './session.ts'

/** Sessions on a page. */
const ROWS = 20

const field = t.Optional(t.String({ maxLength: 10_000 }))

/** Password and sessions, as a page and the forms on it. */
export function securityPages(deps: Deps) {
  return new Elysia({ detail: { hide: true } })
    .use(auth(deps))
    .get(paths.security, ({ me, request, query }) => show(request, me, query), {
      auth: 'session',
      query: t.Object({
        cursor: t.Optional(t.String({ maxLength: 1000 })),
        done: t.Optional(t.Union([t.Literal('password'), t.Literal('sessions')])),
      }),
    })
    .post(
      paths.changePassword,
      async ({ me, request, body: { password = '', newPassword = '' } }) => {
        const reader = viewerOf(request, me)
        try {
          const user = await confirmPassword(deps, request, { username: me.username, password })
          await changePassword(deps, me, { user, newPassword, language: reader.language })
          return seeOther(request, `${paths.security}?done=password`)
        } catch (error) {
          return show(request, me, asFieldErrors(error, reader))
        }
      },
      { auth: 'session', body: t.Object({ password: field, newPassword: field, username: field }) },
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
    request: Request,
    me: Me,
    { cursor, done = null, errors = {}, status = 200 }: Outcome,
  ): Promise<Response> {
    const reader = viewerOf(request, me)
    const sessions = await listSessions(deps, me, { cursor, limit: ROWS })
    const { title } = text(reader.language).security
    return page(
      deps,
      { title, reader, status },
      <SecurityPage username={me.username} sessions={sessions} done={done} errors={errors} reader={reader} />,
    )
  }
}

type Outcome = {
  cursor?: string | undefined
  done?: SecurityProps['done'] | undefined
  errors?: Record<string, string>
  status?: number
}
