import { Elysia, t } from 'elysia'
import { SignInForm, SignInPage, type SignInProps } from '../../../web/auth/sign-in.tsx'
import { CodeForm, CodePage, type CodeProps } from '../../../web/auth/sign-in-code.tsx'
import { SignUpForm, SignUpPage, type SignUpProps } from '../../../web/auth/sign-up.tsx'
import { paths, withQuery } from '../../../web/paths.ts'
import { text } from '../../../web/text/text.ts'
import { signedInCookies } from '../../http/device-cookie.ts'
import { formRenderer } from '../../http/request-context.ts'
import { fragment, isFragment, page, seeOther } from '../../http/responses.tsx'
import { FormField } from '../../http/schema.ts'
import type { Deps } from '../../process/deps.ts'
import { readOrigin, removeCookie, wasStartedByProvider } from '../openid/cookies.ts'
import { OPENID_ERRORS } from '../openid/errors.ts'
import { readCredential } from '../passkeys/credential.ts'
import { UsedCredential } from '../passkeys/schema.ts'
import type { Viewer } from '../profile/schema.ts'
import { auth, findCaller, signInClient } from '../sessions/auth.ts'
import { signOut } from '../sessions/cookie.ts'
import type { SignedInView } from '../sessions/schema.ts'
import { CodeRequired } from '../two-factor/errors.ts'
import { SignInExpired } from './errors.ts'
import { safePath } from './next-path.ts'
import {
  checkSignUp,
  createSignInProof,
  signIn,
  signInWithCode,
  signInWithPasskey,
  signUp,
} from './service.ts'

/** The pages to sign in, sign up and sign out. */
export function accountPages(deps: Deps) {
  return new Elysia({ detail: { hide: true } })
    .use(auth(deps))
    .get(paths.signIn, async ({ request, viewer, query }) => {
      const next = safePath(query.next)
      if (await findCaller(deps, request)) return seeOther(request, next ?? paths.home)
      const done = query.reset === '1' ? 'reset' : query.deleted === '1' ? 'deleted' : undefined
      const failed = OPENID_ERRORS.find((code) => code === query.error)
      const errors = failed ? { form: failed } : {}
      return showSignIn({ request, viewer }, { values: {}, errors, next, done })
    })
    .post(
      paths.signIn,
      async ({ request, client, body: { username = '', password = '', next } }) => {
        const device = await signInClient(deps, request, client)
        const session = await signIn(deps, device, { username, password })
        return withoutProvider(redirectSignedIn(request, session, safePath(next)))
      },
      {
        form: formRenderer(async ({ errors, status }, { error, request, viewer, body }) => {
          const { username = '' } = body
          const next = safePath(body.next)
          if (!(error instanceof CodeRequired)) {
            return showSignIn({ request, viewer }, { values: { username }, errors, next, status })
          }
          const proof = await createSignInProof(deps, error)
          return withoutProvider(showCode({ request, viewer }, { proof, errors: {}, next }))
        }),
        body: t.Object({ username: FormField, password: FormField, next: FormField }),
      },
    )
    .post(
      paths.codeSignIn,
      async ({ request, client, body: { proof = '', code, recoveryCode, next } }) => {
        const answer = { proof, code: code || recoveryCode }
        const origin = await readOrigin(deps, request, proof)
        const device = { ...(await signInClient(deps, request, client)), origin }
        return redirectSignedIn(request, await signInWithCode(deps, device, answer), safePath(next))
      },
      {
        form: formRenderer(({ errors, status }, { error, request, viewer, body }) => {
          const { proof = '' } = body
          const next = safePath(body.next)
          return error instanceof SignInExpired
            ? showSignIn({ request, viewer }, { values: {}, errors, next, status })
            : showCode({ request, viewer }, { proof, errors, next, status })
        }),
        body: t.Object({ proof: FormField, code: FormField, recoveryCode: FormField, next: FormField }),
      },
    )
    .post(
      paths.passkeySignIn,
      async ({ request, client, body: { credential = '', next } }) => {
        const used = readCredential(UsedCredential, credential, 'passkey')
        const device = await signInClient(deps, request, client)
        const session = await signInWithPasskey(deps, device, used)
        return withoutProvider(redirectSignedIn(request, session, safePath(next)))
      },
      {
        form: formRenderer(({ errors, status }, { request, viewer, body: { next } }) =>
          showSignIn({ request, viewer }, { values: {}, errors, next: safePath(next), status }),
        ),
        body: t.Object({ credential: FormField, next: FormField }),
      },
    )
    .get(paths.signUp, async ({ request, viewer, query }) => {
      const next = safePath(query.next)
      if (!deps.config.passwords) return seeOther(request, withQuery(paths.signIn, { next }))
      if (await findCaller(deps, request)) return seeOther(request, next ?? paths.home)
      checkSignUp(deps.config, { withInvite: false })
      return showSignUp({ request, viewer }, { values: {}, errors: {}, next })
    })
    .post(
      paths.signUp,
      async ({
        request,
        client,
        viewer: { language },
        body: { username = '', password = '', next, ...more },
      }) => {
        const device = await signInClient(deps, request, client)
        const user = await signUp(deps, device, { username, password, ...more, language })
        return withoutProvider(redirectSignedIn(request, user, safePath(next)))
      },
      {
        form: formRenderer(({ errors, status }, { request, viewer, body }) => {
          const { username = '', displayName, email, next } = body
          const values = { username, displayName, email }
          return showSignUp({ request, viewer }, { values, errors, next: safePath(next), status })
        }),
        body: t.Object({
          username: FormField,
          password: FormField,
          displayName: FormField,
          email: FormField,
          next: FormField,
        }),
      },
    )
    .post(
      paths.signOut,
      async ({ me, request }) => redirectSignedOut(request, await signOut(deps, request, me)),
      { auth: true },
    )

  function redirectSignedIn(request: Request, view: SignedInView, next: string | null): Response {
    return seeOther(request, next ?? paths.home, { cookies: signedInCookies(deps, request, view) })
  }

  /** The session was started without the OpenID provider, so signing out concerns only this server. */
  function withoutProvider(response: Response): Response {
    if (deps.openId) response.headers.append('set-cookie', removeCookie(deps, 'openIdSession'))
    return response
  }

  /** To the provider that started the session, to end its own, too; otherwise to the sign-in. */
  async function redirectSignedOut(request: Request, headers: Record<string, string>): Promise<Response> {
    const startedByProvider = deps.openId && wasStartedByProvider(request)
    const elsewhere = startedByProvider
      ? await deps.openId!.signOutUrl(deps.config.origin + paths.signIn).catch(() => null)
      : null
    const response = seeOther(request, elsewhere ?? paths.signIn, { headers })
    if (startedByProvider) response.headers.append('set-cookie', removeCookie(deps, 'openIdSession'))
    return response
  }

  function showSignIn(
    { request, viewer }: Context,
    { status = 200, ...shown }: Shown<Omit<SignInProps, 'provider' | 'passwords' | 'signUpIsOpen'>>,
  ): Response {
    const { passwords, signUp } = deps.config
    const props = {
      ...shown,
      provider: deps.openId?.name ?? null,
      passwords,
      signUpIsOpen: passwords && signUp === 'open',
    }
    const title = text(viewer.language).account.signIn
    return isFragment(request)
      ? fragment({ viewer, status }, <SignInForm {...props} />)
      : page(deps, { title, viewer, status, withPasskeys: true }, <SignInPage {...props} />)
  }

  function showCode({ request, viewer }: Context, { status = 200, ...props }: Shown<CodeProps>): Response {
    const title = text(viewer.language).account.signIn
    return isFragment(request)
      ? fragment({ viewer, status }, <CodeForm {...props} />)
      : page(deps, { title, viewer, status }, <CodePage {...props} />)
  }

  function showSignUp(
    { request, viewer }: Context,
    { status = 200, ...typed }: Shown<Omit<SignUpProps, 'provider' | 'passwords' | 'adminReadsMessages'>>,
  ): Response {
    const { passwords, adminReadsMessages } = deps.config
    const props = { ...typed, provider: deps.openId?.name ?? null, passwords, adminReadsMessages }
    const title = text(viewer.language).account.signUp
    return isFragment(request)
      ? fragment({ viewer, status }, <SignUpForm {...props} />)
      : page(deps, { title, viewer, status }, <SignUpPage {...props} />)
  }
}

type Context = { request: Request; viewer: Viewer }

type Shown<Props> = Props & { status?: number }
