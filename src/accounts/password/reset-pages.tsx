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
import { asFieldErrors, fragment, isFragment, page, seeOther } from '../../http/responses.tsx'
import { peerOf, tokenPageHeaders } from '../../http/security.ts'
import { viewerOf } from '../../http/viewer.ts'
import type { Deps } from '../../process/deps.ts'
import { findResetUser, requestReset, resetPassword } from './reset.ts'

const field = t.Optional(t.String({ maxLength: 10_000 }))

/** A forgotten password, as pages. */
export function passwordResetPages(deps: Deps) {
  return new Elysia({ detail: { hide: true } })
    .get(paths.forgotPassword, ({ request, query }) => {
      const reader = viewerOf(request, null)
      return query.sent === '1'
        ? page(
            deps,
            { title: text(reader.language).recovery.sent, reader },
            <ResetSentPage reader={reader} />,
          )
        : showForgot(request, { values: {}, errors: {} })
    })
    .post(
      paths.forgotPassword,
      async ({ request, body: { email = '' } }) => {
        const reader = viewerOf(request, null)
        try {
          const { address } = peerOf(request)
          await requestReset(deps, { email, language: reader.language, address })
          return seeOther(request, `${paths.forgotPassword}?sent=1`)
        } catch (error) {
          const { errors, status } = asFieldErrors(error, reader)
          return showForgot(request, { values: { email }, errors }, status)
        }
      },
      { body: t.Object({ email: field }) },
    )
    .get(paths.resetPassword, async ({ request, query: { token = '' }, set }) => {
      Object.assign(set.headers, tokenPageHeaders)
      return showReset(request, { token, errors: {} })
    })
    .post(
      paths.resetPassword,
      async ({ request, body: { token = '', password = '' }, set }) => {
        Object.assign(set.headers, tokenPageHeaders)
        const reader = viewerOf(request, null)
        try {
          await resetPassword(deps, { token, password, language: reader.language })
          return seeOther(request, `${paths.signIn}?reset=1`)
        } catch (error) {
          const { errors, status } = asFieldErrors(error, reader)
          return showReset(request, { token, errors }, status)
        }
      },
      { body: t.Object({ token: field, username: field, password: field }) },
    )

  function showForgot(request: Request, props: Omit<ForgotProps, 'reader'>, status = 200): Response {
    const reader = viewerOf(request, null)
    return isFragment(request)
      ? fragment(<ForgotPasswordForm {...props} reader={reader} />, { status })
      : page(
          deps,
          { title: text(reader.language).recovery.forgot, reader, status },
          <ForgotPasswordPage {...props} reader={reader} />,
        )
  }

  async function showReset(
    request: Request,
    props: Pick<ResetProps, 'token' | 'errors'>,
    status = 200,
  ): Promise<Response> {
    const reader = viewerOf(request, null)
    const t = text(reader.language).recovery
    try {
      const { username } = await findResetUser(deps, props.token)
      const form = <ResetPasswordPage {...props} username={username} reader={reader} />
      return page(deps, { title: t.reset, reader, status }, form)
    } catch (error) {
      if (!(error instanceof InvalidLink)) throw error
      const notice = <InvalidLinkPage reader={reader} again={paths.forgotPassword} />
      return page(deps, { title: t.invalid, reader, status: 404 }, notice)
    }
  }
}
