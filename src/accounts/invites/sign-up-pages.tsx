import { Elysia, t } from 'elysia'
import { SignUpPage, type SignUpProps } from '../../../web/auth/sign-up.tsx'
import { paths } from '../../../web/paths.ts'
import { text } from '../../../web/text/text.ts'
import { ErrorPage, errorTitle } from '../../../web/ui/error.tsx'
import { signedInCookies } from '../../http/device-cookie.ts'
import { formRenderer } from '../../http/request-context.ts'
import { page, seeOther } from '../../http/responses.tsx'
import { FormField, PageQuery } from '../../http/schema.ts'
import { tokenPageHeaders } from '../../http/security-headers.ts'
import type { Deps } from '../../process/deps.ts'
import { OPENID_ERRORS } from '../openid/errors.ts'
import type { Viewer } from '../profile/schema.ts'
import { auth, findCaller, signInClient } from '../sessions/auth.ts'
import { checkSignUp, signUp } from '../sign-in/service.ts'
import { InvalidInvite } from './errors.ts'
import { findInvite } from './service.ts'

const TokenQuery = PageQuery({ token: FormField })

/** The page behind an invite: it names the inviter, and signs up. */
export function inviteSignUpPages(deps: Deps) {
  return new Elysia({ detail: { hide: true } })
    .use(auth(deps))
    .get(
      paths.invite,
      async ({ request, viewer, query: { token = '', error }, set }) => {
        Object.assign(set.headers, tokenPageHeaders)
        const me = await findCaller(deps, request)
        checkSignUp(deps.config, { withInvite: true })
        const failed = OPENID_ERRORS.find((code) => code === error)
        return show(viewer, { token, errors: failed ? { form: failed } : {} }, async ({ username }) =>
          me ? seeOther(request, me.username === username ? paths.invites : paths.chat(username)) : null,
        )
      },
      { query: PageQuery({ token: FormField, error: FormField }) },
    )
    .post(
      paths.invite,
      async ({ request, client, viewer: { language }, query: { token = '' }, body, set }) => {
        Object.assign(set.headers, tokenPageHeaders)
        const { username = '', password = '', ...more } = body
        checkSignUp(deps.config, { withInvite: true })
        const { creator } = await findInvite(deps, token)
        const account = { username, password, ...more, language, invite: token }
        const session = await signUp(deps, await signInClient(deps, request, client), account)
        return seeOther(request, paths.chat(creator.username), {
          cookies: signedInCookies(deps, request, session),
        })
      },
      {
        form: formRenderer((fault, { viewer, body, query: { token = '' } }) => {
          const { username = '', displayName, email } = body
          return show(viewer, { token, values: { username, displayName, email }, ...fault })
        }),
        query: TokenQuery,
        body: t.Object({
          username: FormField,
          password: FormField,
          displayName: FormField,
          email: FormField,
        }),
      },
    )

  async function show(
    viewer: Viewer,
    { token, values = {}, errors, status = 200 }: Shown,
    instead?: (inviter: { username: string }) => Promise<Response | null>,
  ): Promise<Response> {
    try {
      const { creator } = await findInvite(deps, token)
      const other = await instead?.(creator)
      if (other) return other
      const { username, displayName } = creator
      const { adminReadsMessages, passwords } = deps.config
      const provider = deps.openId?.name ?? null
      const props = { values, errors, next: paths.chat(username), provider, passwords, adminReadsMessages }
      const title = text(viewer.language).account.signUp
      const invite = { token, inviter: { username, displayName } }
      return page(deps, { title, viewer, status }, <SignUpPage {...props} invite={invite} />)
    } catch (error) {
      if (!(error instanceof InvalidInvite)) throw error
      const cause = { status: 404, kind: 'invalidInvite' } as const
      const title = errorTitle(cause, viewer)
      return page(deps, { title, viewer, status: 404 }, <ErrorPage {...cause} />)
    }
  }
}

type Shown = { token: string; values?: SignUpProps['values']; errors: SignUpProps['errors']; status?: number }
