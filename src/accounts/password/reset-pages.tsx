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
import { InvalidLink } from '../../http/errors.ts'
import { formRenderer } from '../../http/request-context.ts'
import { fragment, isFragment, page, seeOther } from '../../http/responses.tsx'
import { FormField } from '../../http/schema.ts'
import { tokenPageHeaders } from '../../http/security-headers.ts'
import type { Deps } from '../../process/deps.ts'
import { auth } from '../sessions/auth.ts'
import { findResetUser, requestReset, resetPassword } from './reset.ts'

/** The pages that reset a forgotten password. */
export function passwordResetPages(deps: Deps) {
  return new Elysia({ detail: { hide: true } })
    .use(auth(deps))
    .get(paths.forgotPassword, ({ request, viewer, query }) => {
      return query.sent === '1'
        ? page(
            deps,
            { title: text(viewer.language).recovery.sent, viewer },
            <ResetSentPage viewer={viewer} />,
          )
        : showForgot(request, { values: {}, errors: {}, viewer })
    })
    .post(
      paths.forgotPassword,
      async ({ request, viewer: { language }, client: { address }, body: { email = '' } }) => {
        await requestReset(deps, { email, language, address })
        return seeOther(request, `${paths.forgotPassword}?sent=1`)
      },
      {
        form: formRenderer(({ errors, status }, { request, viewer, body: { email = '' } }) =>
          showForgot(request, { values: { email }, errors, viewer }, status),
        ),
        body: t.Object({ email: FormField }),
      },
    )
    .get(paths.resetPassword, async ({ viewer, query: { token = '' }, set }) => {
      Object.assign(set.headers, tokenPageHeaders)
      return showReset({ token, errors: {}, viewer })
    })
    .post(
      paths.resetPassword,
      async ({ request, viewer: { language }, body: { token = '', password = '' }, set }) => {
        Object.assign(set.headers, tokenPageHeaders)
        await resetPassword(deps, { token, password, language })
        return seeOther(request, `${paths.signIn}?reset=1`)
      },
      {
        form: formRenderer(({ errors, status }, { viewer, body: { token = '' } }) =>
          showReset({ token, errors, viewer }, status),
        ),
        body: t.Object({ token: FormField, username: FormField, password: FormField }),
      },
    )

  function showForgot(request: Request, props: ForgotProps, status = 200): Response {
    const { viewer } = props
    return isFragment(request)
      ? fragment(<ForgotPasswordForm {...props} />, { status })
      : page(
          deps,
          { title: text(viewer.language).recovery.forgot, viewer, status },
          <ForgotPasswordPage {...props} />,
        )
  }

  async function showReset(
    props: Pick<ResetProps, 'token' | 'errors' | 'viewer'>,
    status = 200,
  ): Promise<Response> {
    const { viewer } = props
    const t = text(viewer.language).recovery
    try {
      const { username } = await findResetUser(deps, props.token)
      const form = <ResetPasswordPage {...props} username={username} />
      return page(deps, { title: t.reset, viewer, status }, form)
    } catch (error) {
      if (!(error instanceof InvalidLink)) throw error
      const notice = <InvalidLinkPage viewer={viewer} again={paths.forgotPassword} />
      return page(deps, { title: t.invalid, viewer, status: 404 }, notice)
    }
  }
}
