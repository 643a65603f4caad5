import { Elysia, t } from 'elysia'
import { EmailVerifiedPage, InvalidLinkPage, VerifyEmailPage } from '../../../web/auth/password-reset.tsx'
import { paths } from '../../../web/paths.ts'
import { errorText, text } from '../../../web/text/text.ts'
import { Invalid, InvalidLink } from '../../http/errors.ts'
import { page, seeOther } from '../../http/responses.tsx'
import { tokenPageHeaders } from '../../http/security.ts'
import { viewerOf } from '../../http/viewer.ts'
import type { Deps } from '../../process/deps.ts'
import { findCaller } from '../sessions/auth.ts'
import { findEmailOwner, verifyEmail } from './service.ts'

const token = t.Optional(t.String({ maxLength: 10_000 }))

/** Where the link in a mail leads that asks whether the address is right. */
export function emailPages(deps: Deps) {
  return new Elysia({ detail: { hide: true } })
    .get(paths.verifyEmail, async ({ request, query: { token = '', done }, set }) => {
      Object.assign(set.headers, tokenPageHeaders)
      const reader = viewerOf(request, await findCaller(deps, request))
      const t = text(reader.language).recovery
      if (done === '1')
        return page(deps, { title: t.verified, reader }, <EmailVerifiedPage reader={reader} />)
      try {
        const form = (
          <VerifyEmailPage {...(await findEmailOwner(deps, token))} token={token} reader={reader} />
        )
        return page(deps, { title: t.verify, reader }, form)
      } catch (error) {
        return showFault(request, error)
      }
    })
    .post(
      paths.verifyEmail,
      async ({ request, body: { token = '' }, set }) => {
        Object.assign(set.headers, tokenPageHeaders)
        try {
          await verifyEmail(deps, token, viewerOf(request, null).language)
          return seeOther(request, `${paths.verifyEmail}?done=1`)
        } catch (error) {
          return showFault(request, error)
        }
      },
      { body: t.Object({ token }) },
    )

  async function showFault(request: Request, error: unknown): Promise<Response> {
    if (!(error instanceof Invalid)) throw error
    const reader = viewerOf(request, await findCaller(deps, request))
    const { language } = reader
    const lead = error instanceof InvalidLink ? {} : { lead: errorText(language, error.fields.token ?? '') }
    const notice = <InvalidLinkPage reader={reader} {...lead} again={paths.settings} />
    return page(deps, { title: text(language).recovery.invalid, reader, status: 404 }, notice)
  }
}
