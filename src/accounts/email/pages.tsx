import { Elysia, t } from 'elysia'
import { EmailVerifiedPage, InvalidLinkPage, VerifyEmailPage } from '../../../web/auth/password-reset.tsx'
import { paths } from '../../../web/paths.ts'
import { errorText, text } from '../../../web/text/text.ts'
import { Invalid } from '../../http/errors.ts'
import { page, seeOther } from '../../http/responses.tsx'
import { FormField } from '../../http/schema.ts'
import { tokenPageHeaders } from '../../http/security-headers.ts'
import type { Deps } from '../../process/deps.ts'
import type { Viewer } from '../profile/schema.ts'
import { auth, findCaller } from '../sessions/auth.ts'
import { InvalidLink } from '../users/errors.ts'
import { findEmailOwner, verifyEmail } from './service.ts'

/** The pages of the link that verifies an email address. */
export function emailPages(deps: Deps) {
  return new Elysia({ detail: { hide: true } })
    .use(auth(deps))
    .get(paths.verifyEmail, async ({ request, viewer, query: { token = '', done }, set }) => {
      Object.assign(set.headers, tokenPageHeaders)
      await findCaller(deps, request)
      const t = text(viewer.language).recovery
      if (done === '1') return page(deps, { title: t.verified, viewer }, <EmailVerifiedPage />)
      try {
        const form = <VerifyEmailPage {...(await findEmailOwner(deps, token))} token={token} />
        return page(deps, { title: t.verify, viewer }, form)
      } catch (error) {
        return showFault(viewer, error)
      }
    })
    .post(
      paths.verifyEmail,
      async ({ request, viewer, body: { token = '' }, set }) => {
        Object.assign(set.headers, tokenPageHeaders)
        try {
          await verifyEmail(deps, token, viewer.language)
          return seeOther(request, `${paths.verifyEmail}?done=1`)
        } catch (error) {
          await findCaller(deps, request)
          return showFault(viewer, error)
        }
      },
      { body: t.Object({ token: FormField }) },
    )

  function showFault(viewer: Viewer, error: unknown): Response {
    if (!(error instanceof Invalid)) throw error
    const { language } = viewer
    const lead = error instanceof InvalidLink ? {} : { lead: errorText(language, error.fields.token ?? '') }
    const notice = <InvalidLinkPage {...lead} again={paths.settings} />
    return page(deps, { title: text(language).recovery.invalid, viewer, status: 404 }, notice)
  }
}
