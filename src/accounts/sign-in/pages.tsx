import { Elysia, t } from 'elysia'
import { SignInForm, SignInPage, type SignInProps } from '../../../web/auth/sign-in.tsx'
import { CodeForm, CodePage, type CodeProps } from '../../../web/auth/sign-in-code.tsx'
import { SignUpForm, SignUpPage, type SignUpProps } from '../../../web/auth/sign-up.tsx'
import { paths } from '../../../web/paths.ts'
import { text } from '../../../web/text/text.ts'
import { CodeRequired, SignInExpired } from '../../http/errors.ts'
import { asFieldErrors, fragment, isFragment, page, seeOther } from '../../http/responses.tsx'
import { viewerOf } from '../../http/viewer.ts'
import type { Deps } from '../../process/deps.ts'
import { readCredential } from '../passkeys/credential.ts'
import { UsedCredential } from '../passkeys/schema.ts'
import type { SignedInView } from '../schema.ts'
import { auth, expiredSessionCookie, findCaller, sessionCookie } from '../sessions/auth.ts'
import { revokeSession } from '../sessions/session.ts'
import { createSignInProof, signIn, signInWithCode, signInWithPasskey, signUp } from './service.ts'

const field = t.Optional(t.String({ maxLength: 10_000 }))

/** Signing in, up and out, as pages and as the forms in them. */
export function accountPages(deps: Deps) {
  return new Elysia({ detail: { hide: true } })
    .use(auth(deps))
    .get(paths.signIn, async ({ request, query }) => {
      const next = safePath(query.next)
      if (await findCaller(deps, request)) return seeOther(request, next ?? paths.home)
      const done = query.reset === '1' ? 'reset' : query.deleted === '1' ? 'deleted' : undefined
      return showSignIn(request, { values: {}, errors: {}, next, done })
    })
    .post(
      paths.signIn,
      async ({ request, body: { username = '', password = '', next } }) => {
        try {
          return enter(request, await signIn(deps, request, { username, password }), safePath(next))
        } catch (error) {
          if (error instanceof CodeRequired)
            return showCode(request, {
              proof: await createSignInProof(deps, error),
              errors: {},
              next: safePath(next),
            })
          const { errors, status } = asFieldErrors(error, viewerOf(request, null))
          return showSignIn(request, { values: { username }, errors, next: safePath(next) }, status)
        }
      },
      { body: t.Object({ username: field, password: field, next: field }) },
    )
    .post(
      paths.codeSignIn,
      async ({ request, body: { proof = '', code, recoveryCode, next: then } }) => {
        const next = safePath(then)
        try {
          const answer = { proof, code: code || recoveryCode }
          return enter(request, await signInWithCode(deps, request, answer), next)
        } catch (error) {
          const { errors, status } = asFieldErrors(error, viewerOf(request, null))
          return error instanceof SignInExpired
            ? showSignIn(request, { values: {}, errors, next }, status)
            : showCode(request, { proof, errors, next }, status)
        }
      },
      { body: t.Object({ proof: field, code: field, recoveryCode: field, next: field }) },
    )
    .post(
      paths.passkeySignIn,
      async ({ request, body: { credential = '', next } }) => {
        try {
          const used = readCredential(UsedCredential, credential, 'passkey')
          return enter(request, await signInWithPasskey(deps, request, used), safePath(next))
        } catch (error) {
          const { errors, status } = asFieldErrors(error, viewerOf(request, null))
          return showSignIn(request, { values: {}, errors, next: safePath(next) }, status)
        }
      },
      { body: t.Object({ credential: field, next: field }) },
    )
    .get(paths.signUp, async ({ request, query }) => {
      const next = safePath(query.next)
      if (await findCaller(deps, request)) return seeOther(request, next ?? paths.home)
      return showSignUp(request, { values: {}, errors: {}, next })
    })
    .post(
      paths.signUp,
      async ({ request, body: { username = '', password = '', displayName, email, next } }) => {
        try {
          return enter(
            request,
            await signUp(deps, request, { username, password, displayName, email }),
            safePath(next),
          )
        } catch (error) {
          const { errors, status } = asFieldErrors(error, viewerOf(request, null))
          const values = { username, displayName, email }
          return showSignUp(request, { values, errors, next: safePath(next) }, status)
        }
      },
      { body: t.Object({ username: field, password: field, displayName: field, email: field, next: field }) },
    )
    .post(
      paths.signOut,
      async ({ me, request }) => {
        await revokeSession(deps, me.session)
        return seeOther(request, paths.signIn, { 'set-cookie': expiredSessionCookie(deps) })
      },
      { auth: true },
    )

  function enter(request: Request, { token, expiresAt }: SignedInView, next: string | null): Response {
    return seeOther(request, next ?? paths.home, {
      'set-cookie': sessionCookie(deps, token, new Date(expiresAt)),
    })
  }

  function showSignIn(request: Request, props: Omit<SignInProps, 'reader'>, status = 200): Response {
    const reader = viewerOf(request, null)
    const title = text(reader.language).account.signIn
    return isFragment(request)
      ? fragment(<SignInForm {...props} reader={reader} />, { status })
      : page(deps, { title, reader, status, withPasskeys: true }, <SignInPage {...props} reader={reader} />)
  }

  function showCode(request: Request, props: Omit<CodeProps, 'reader'>, status = 200): Response {
    const reader = viewerOf(request, null)
    const title = text(reader.language).account.signIn
    return isFragment(request)
      ? fragment(<CodeForm {...props} reader={reader} />, { status })
      : page(deps, { title, reader, status }, <CodePage {...props} reader={reader} />)
  }

  function showSignUp(request: Request, typed: Typed, status = 200): Response {
    const reader = viewerOf(request, null)
    const props = { ...typed, adminReadsMessages: deps.config.adminReadsMessages }
    const title = text(reader.language).account.signUp
    return isFragment(request)
      ? fragment(<SignUpForm {...props} reader={reader} />, { status })
      : page(deps, { title, reader, status }, <SignUpPage {...props} reader={reader} />)
  }
}

type Typed = Omit<SignUpProps, 'reader' | 'adminReadsMessages'>

/**
 * A path of this site, or null: what leads elsewhere, in whatever disguise, leads home.
 * Browsers read `//host` and `/\host` as another host.
 */
export function safePath(path: string | undefined): string | null {
  if (!path || !/^\/(?![/\\])[^\p{Cc}\\]*$/u.test(path)) return null
  // As a header can carry it; the parser may also make `//` of `/..//`.
  const { pathname, search, hash } = new URL(path, 'http://localhost')
  return pathname.startsWith('//') ? null : `${pathname}${search}${hash}`
}
