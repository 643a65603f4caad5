import { Elysia, t } from 'elysia'
import {
  ForgotPasswordForm,
  ForgotPasswordPage,
  type ForgotProps,
  InvalidLinkPage,
  ResetPasswordPage,
  type ResetProps,
  ResetSentPage,
} from '../../../web/auth/password-reset.tsx'
import { paths } from '../../../web/paths.ts'
import { text } from '../../../web/text/text.ts'
import { deviceCookie } from '../../http/device-cookie.ts'
import { formRenderer } from '../../http/request-context.ts'
import { fragment, isFragment, page, seeOther } from '../../http/responses.tsx'
import { FormField } from '../../http/schema.ts'
import { tokenPageHeaders } from '../../http/security-headers.ts'
import type { Deps } from '../../process/deps.ts'
import type { Viewer } from '../profile/schema.ts'
import { auth } from '../sessions/auth.ts'
import { InvalidLink } from '../users/errors.ts'
import { findResetUser, requestReset, resetPassword } from './reset.ts'

/** The pages that reset a forgotten password. */
export function passwordResetPages(deps: Deps) {
  return new Elysia({ detail: { hide: true } })
    .use(auth(deps))
    .get(paths.forgotPassword, ({ request, viewer, query }) => {
      if (!deps.config.passwords) return seeOther(request, paths.signIn)
      return query.sent === '1'
        ? page(deps, { title: text(viewer.language).recovery.sent, viewer }, <ResetSentPage />)
        : showForgot({ request, viewer }, { values: {}, errors: {} })
    })
    .post(
      paths.forgotPassword,
      async ({ request, viewer: { language }, body: { email = '' } }) => {
        await requestReset(deps, { email, language })
        return seeOther(request, `${paths.forgotPassword}?sent=1`)
      },
      {
        form: formRenderer((fault, { request, viewer, body: { email = '' } }) =>
          showForgot({ request, viewer }, { values: { email }, ...fault }),
        ),
        body: t.Object({ email: FormField }),
      },
    )
    .get(paths.resetPassword, async ({ request, viewer, query: { token = '' }, set }) => {
      if (!deps.config.passwords) return seeOther(request, paths.signIn)
      Object.assign(set.headers, tokenPageHeaders)
      return showReset(viewer, { token, errors: {} })
    })
    .post(
      paths.resetPassword,
      async ({ request, viewer: { language }, body: { token = '', password = '' }, set }) => {
        Object.assign(set.headers, tokenPageHeaders)
        const { username } = await resetPassword(deps, { token, password, language })
        return seeOther(request, `${paths.signIn}?reset=1`, {
          cookies: [deviceCookie(deps, request, { username, after: 'reset' })],
        })
      },
      {
        form: formRenderer((fault, { viewer, body: { token = '' } }) =>
          showReset(viewer, { token, ...fault }),
        ),
        body: t.Object({ token: FormField, username: FormField, password: FormField }),
      },
    )

  function showForgot(
    { request, viewer }: { request: Request; viewer: Viewer },
    { status = 200, ...props }: ForgotProps & { status?: number },
  ): Response {
    const title = text(viewer.language).recovery.forgot
    return isFragment(request)
      ? fragment({ viewer, status }, <ForgotPasswordForm {...props} />)
      : page(deps, { title, viewer, status }, <ForgotPasswordPage {...props} />)
  }

  async function showReset(
    viewer: Viewer,
    { status = 200, token, errors }: Pick<ResetProps, 'token' | 'errors'> & { status?: number },
  ): Promise<Response> {
    const t = text(viewer.language).recovery
    try {
      const { username } = await findResetUser(deps, token)
      const form = <ResetPasswordPage token={token} errors={errors} username={username} />
      return page(deps, { title: t.reset, viewer, status }, form)
    } catch (error) {
      if (!(error instanceof InvalidLink)) throw error
      const notice = <InvalidLinkPage again={paths.forgotPassword} />
      return page(deps, { title: t.invalid, viewer, status: 404 }, notice)
    }
  }
}
