import { Elysia, t } from 'elysia'
import { paths } from '../../web/paths.ts'
import { SettingsForm, SettingsPage, type SettingsProps } from '../../web/settings.tsx'
import { SignInForm, SignInPage, type SignInProps } from '../../web/sign-in.tsx'
import { SignUpForm, SignUpPage, type SignUpProps } from '../../web/sign-up.tsx'
import { errorText, text } from '../../web/text.ts'
import type { Deps } from '../deps.ts'
import { Invalid, TooMany } from '../errors.ts'
import { readerOf } from '../reader.ts'
import { fragment, isFragment, page, seeOther } from '../respond.tsx'
import { auth, noSessionCookie, sessionCookie, whoIs } from './auth.ts'
import type { SignedInView } from './schema.ts'
import { changeSettings } from './service.ts'
import { endSession, type Me } from './session.ts'
import { signIn, signUp } from './sign-in.ts'

const field = t.Optional(t.String({ maxLength: 10_000 }))

/** Sign-in, sign-up and settings, as pages and as the forms in them. */
export function accountPages(deps: Deps) {
  return new Elysia({ detail: { hide: true } })
    .use(auth(deps))
    .get(paths.signIn, async ({ request, query }) => {
      const next = safePath(query.next)
      if (await whoIs(deps, request)) return seeOther(request, next ?? paths.home)
      return showSignIn(request, { values: {}, errors: {}, next })
    })
    .post(
      paths.signIn,
      async ({ request, body: { username = '', password = '', next } }) => {
        try {
          return enter(request, await signIn(deps, request, { username, password }), safePath(next))
        } catch (error) {
          const { errors, status } = asFieldErrors(error, request)
          return showSignIn(request, { values: { username }, errors, next: safePath(next) }, status)
        }
      },
      { body: t.Object({ username: field, password: field, next: field }) },
    )
    .get(paths.signUp, async ({ request, query }) => {
      const next = safePath(query.next)
      if (await whoIs(deps, request)) return seeOther(request, next ?? paths.home)
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
          const { errors, status } = asFieldErrors(error, request)
          const values = { username, displayName, email }
          return showSignUp(request, { values, errors, next: safePath(next) }, status)
        }
      },
      { body: t.Object({ username: field, password: field, displayName: field, email: field, next: field }) },
    )
    .post(
      paths.signOut,
      async ({ me, request }) => {
        await endSession(deps, me.session)
        return seeOther(request, paths.signIn, { 'set-cookie': noSessionCookie(deps) })
      },
      { auth: true },
    )
    .get(
      paths.settings,
      ({ me, request, query }) => showSettings(request, me, { saved: query.saved === '1', errors: {} }),
      { auth: true },
    )
    .post(
      paths.settings,
      async ({ me, request, body }) => {
        const wanted = {
          displayName: body.displayName ?? me.displayName,
          email: body.email ?? me.email ?? '',
          language: body.language || null,
          theme: body.theme || null,
          zone: body.zone || null,
        }
        try {
          await changeSettings(deps, me.id, wanted)
          return seeOther(request, `${paths.settings}?saved=1`)
        } catch (error) {
          const { errors, status } = asFieldErrors(error, request)
          const { displayName, email } = wanted
          return showSettings(request, { ...me, displayName, email }, { saved: false, errors, status })
        }
      },
      {
        auth: true,
        body: t.Object({ displayName: field, email: field, language: field, theme: field, zone: field }),
      },
    )

  function enter(request: Request, { token, expiresAt }: SignedInView, next: string | null): Response {
    return seeOther(request, next ?? paths.home, {
      'set-cookie': sessionCookie(deps, token, new Date(expiresAt)),
    })
  }

  function showSignIn(request: Request, props: Omit<SignInProps, 'reader'>, status = 200): Response {
    const reader = readerOf(request, null)
    const title = text(reader.language).account.signIn
    return isFragment(request)
      ? fragment(<SignInForm {...props} reader={reader} />, { status })
      : page(deps, { title, reader, status }, <SignInPage {...props} reader={reader} />)
  }

  function showSignUp(request: Request, props: Omit<SignUpProps, 'reader'>, status = 200): Response {
    const reader = readerOf(request, null)
    const title = text(reader.language).account.signUp
    return isFragment(request)
      ? fragment(<SignUpForm {...props} reader={reader} />, { status })
      : page(deps, { title, reader, status }, <SignUpPage {...props} reader={reader} />)
  }

  function showSettings(
    request: Request,
    me: Me,
    { status = 200, ...rest }: Pick<SettingsProps, 'saved' | 'errors'> & { status?: number },
  ): Response {
    const reader = readerOf(request, me)
    const { username, displayName, email, role, ...preferences } = me
    const props = { account: { username, displayName, email, role }, preferences, reader, ...rest }
    return isFragment(request)
      ? fragment(<SettingsForm {...props} />, { status })
      : page(deps, { title: text(reader.language).settings, reader, status }, <SettingsPage {...props} />)
  }
}

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

/** What a form can say of a failure in its own place; everything else is thrown on. */
function asFieldErrors(error: unknown, request: Request): { errors: Record<string, string>; status: number } {
  if (error instanceof Invalid) return { errors: error.fields, status: 422 }
  if (error instanceof TooMany) {
    const { language } = readerOf(request, null)
    return { errors: { form: errorText(language, 'too_many', Math.ceil(error.seconds / 60)) }, status: 429 }
  }
  throw error
}
