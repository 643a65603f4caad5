import { Elysia, t } from 'elysia'
import { paths } from '../../../web/paths.ts'
import { TwoFactorPage, type TwoFactorProps } from '../../../web/settings/two-factor.tsx'
import { text } from '../../../web/text/text.ts'
import { asFieldErrors, page, seeOther } from '../../http/responses.tsx'
import { viewerOf } from '../../http/viewer.ts'
import type { Deps } from '../../process/deps.ts'
import { auth } from '../sessions/auth.ts'
import type { Me } from '../sessions/session.ts'
import { confirmPassword } from '../sign-in/service.ts'
import {
  confirmTwoFactorSetup,
  disableTwoFactor,
  getTwoFactor,
  pendingSetup,
  renewRecoveryCodes,
  startTwoFactorSetup,
} from './service.ts'

const field = t.Optional(t.String({ maxLength: 10_000 }))

/** The second step of signing in, as a page and the forms on it. What is secret is shown in the answer to a form alone. */
export function twoFactorPages(deps: Deps) {
  return new Elysia({ detail: { hide: true } })
    .use(auth(deps))
    .get(paths.twoFactor, ({ me, request, query }) => show(request, me, { ended: query.ended === '1' }), {
      auth: 'session',
    })
    .post(
      paths.beginTwoFactor,
      async ({ me, request, body: { password = '' } }) => {
        try {
          const user = await confirmPassword(deps, request, { username: me.username, password })
          return show(request, me, { setup: await startTwoFactorSetup(deps, user) })
        } catch (error) {
          return show(request, me, asFieldErrors(error, viewerOf(request, me)))
        }
      },
      { auth: 'session', body: t.Object({ password: field }) },
    )
    .post(
      paths.twoFactor,
      async ({ me, request, body: { code = '' } }) => {
        const reader = viewerOf(request, me)
        try {
          const codes = await confirmTwoFactorSetup(deps, me, { code, language: reader.language })
          return show(request, me, { codes, done: 'turnedOn' })
        } catch (error) {
          return show(request, me, { setup: await pendingSetup(deps, me), ...asFieldErrors(error, reader) })
        }
      },
      { auth: 'session', body: t.Object({ code: field }) },
    )
    .post(
      paths.changeTwoFactor,
      async ({ me, request, body: { password = '', wanted } }) => {
        const reader = viewerOf(request, me)
        try {
          const user = await confirmPassword(deps, request, { username: me.username, password })
          if (wanted === 'codes') {
            return show(request, me, { codes: await renewRecoveryCodes(deps, user), done: 'renewed' })
          }
          await disableTwoFactor(deps, user, reader.language)
          return seeOther(request, `${paths.twoFactor}?ended=1`)
        } catch (error) {
          return show(request, me, asFieldErrors(error, reader))
        }
      },
      {
        auth: 'session',
        body: t.Object({ password: field, wanted: t.Union([t.Literal('codes'), t.Literal('off')]) }),
      },
    )

  async function show(
    request: Request,
    me: Me,
    { status = 200, ...shown }: Partial<TwoFactorProps> & { status?: number },
  ): Promise<Response> {
    const reader = viewerOf(request, me)
    const state = await getTwoFactor(deps, me)
    const none = { setup: null, codes: null, done: null, ended: false, errors: {} }
    const { title } = text(reader.language).twoFactor
    return page(
      deps,
      { title, reader, status },
      <TwoFactorPage {...none} {...shown} state={state} reader={reader} />,
    )
  }
}
