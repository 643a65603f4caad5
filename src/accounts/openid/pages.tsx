import { Elysia, t } from 'elysia'
import { OpenIdSignUpForm, OpenIdSignUpPage, type OpenIdSignUpProps } from '../../../web/auth/openid.tsx'
import { CodePage } from '../../../web/auth/sign-in-code.tsx'
import { paths, withQuery } from '../../../web/paths.ts'
import { text } from '../../../web/text/text.ts'
import { signedInCookies } from '../../http/device-cookie.ts'
import { Invalid } from '../../http/errors.ts'
import { formRenderer } from '../../http/request-context.ts'
import { fragment, isFragment, page, seeOther } from '../../http/responses.tsx'
import { FormField, PageQuery } from '../../http/schema.ts'
import type { Deps } from '../../process/deps.ts'
import type { Language, Viewer } from '../profile/schema.ts'
import { auth, findCaller, signInClient } from '../sessions/auth.ts'
import type { SignedInView } from '../sessions/schema.ts'
import { deviceKey } from '../sign-in/guesses.ts'
import { safePath } from '../sign-in/next-path.ts'
import { checkSignUp, createSignInProof } from '../sign-in/service.ts'
import { CodeRequired } from '../two-factor/errors.ts'
import { providerSessionCookie, readStep, removeCookie, stepCookie } from './cookies.ts'
import { type Identity, OpenIdFailed, type OpenIdProvider } from './provider.ts'
import { type Begun, redirect, redirectToProvider } from './redirect.ts'
import { linkIdentity, signInWithIdentity, signUpWithIdentity, suggestUsername } from './service.ts'

/** Kept while the user chooses a username. */
type Proven = { identity: Identity; next: string | null }

/** Signing in and up with the OpenID Connect provider. */
export function openIdPages(deps: Deps, provider: OpenIdProvider) {
  const callback = deps.config.origin + paths.openIdCallback
  return new Elysia({ detail: { hide: true } })
    .use(auth(deps))
    .get(
      paths.openIdSignIn,
      async ({ client, query }) => {
        const next = safePath(query.next)
        try {
          await deps.limits.take('openId', deviceKey(client))
          return await redirectToProvider(deps, provider, { callback, next, link: null })
        } catch (error) {
          return refused(error, { next, page: paths.signIn })
        }
      },
      { query: PageQuery({ next: t.Optional(t.String()) }) },
    )
    .get(paths.openIdCallback, async ({ request, client, viewer }) => {
      const begun = await readStep<Begun>(deps, request, 'begun')
      const next = begun?.next ?? null
      try {
        await deps.limits.take('openId', deviceKey(client))
        if (!begun) throw new OpenIdFailed()
        const identity = await provider.finish(new URL(new URL(request.url).search, callback), begun.checks)
        await deps.limits.refund('openId', deviceKey(client))
        if (begun.link !== null)
          return await link(request, { identity, session: begun.link, language: viewer.language })
        const device = await signInClient(deps, request, client)
        const signedIn = await signInWithIdentity(deps, device, identity)
        if (signedIn) return redirectSignedIn(request, signedIn, next)
        checkSignUp(deps.config, { withInvite: false })
        return redirect(paths.openIdSignUp, await stepCookie(deps, 'proven', { identity, next }))
      } catch (error) {
        if (error instanceof CodeRequired) return showCode(viewer, error, next)
        return refused(error, { next, page: begun?.link ? paths.openIdSettings : paths.signIn })
      }
    })
    .get(paths.openIdSignUp, async ({ request, viewer }) => {
      const proven = await readStep<Proven>(deps, request, 'proven')
      if (!proven) return redirect(paths.signIn)
      const { identity } = proven
      const values = { username: suggestUsername(identity), displayName: identity.displayName ?? undefined }
      return showSignUp({ request, viewer }, { values, errors: {} })
    })
    .post(
      paths.openIdSignUp,
      async ({ request, client, viewer: { language }, body: { username = '', displayName } }) => {
        const proven = await readStep<Proven>(deps, request, 'proven')
        if (!proven) return seeOther(request, withQuery(paths.signIn, { error: 'openid_failed' }))
        const { identity, next } = proven
        const device = await signInClient(deps, request, client)
        // Again, because the form may have been sent twice.
        const signedIn =
          (await signInWithIdentity(deps, device, identity)) ??
          (await signUpWithIdentity(deps, device, { identity, username, displayName, language }))
        const { status, headers } = redirectSignedIn(request, signedIn, next)
        return isFragment(request) ? seeOtherInPlace(headers) : new Response(null, { status, headers })
      },
      {
        form: formRenderer(({ errors, status }, { request, viewer, body: { username, displayName } }) =>
          showSignUp({ request, viewer }, { values: { username, displayName }, errors, status }),
        ),
        body: t.Object({ username: FormField, displayName: FormField }),
      },
    )

  /** Links the identity for the session that began; another user may have signed in meanwhile. */
  async function link(
    request: Request,
    { identity, session, language }: { identity: Identity; session: number; language: Language },
  ): Promise<Response> {
    const me = await findCaller(deps, request)
    if (me?.session.id !== session) throw new OpenIdFailed()
    await linkIdentity(deps, me, { identity, language })
    return redirect(withQuery(paths.openIdSettings, { done: 'linked' }), removeCookie(deps, 'openIdStep'))
  }

  function redirectSignedIn(request: Request, view: SignedInView, next: string | null): Response {
    return redirect(
      next ?? paths.home,
      ...signedInCookies(deps, request, view),
      providerSessionCookie(deps),
      removeCookie(deps, 'openIdStep'),
    )
  }

  async function showCode(viewer: Viewer, error: CodeRequired, next: string | null): Promise<Response> {
    const proof = await createSignInProof(deps, error)
    const title = text(viewer.language).account.signIn
    const response = page(deps, { title, viewer }, <CodePage proof={proof} errors={{}} next={next} />)
    response.headers.append('set-cookie', providerSessionCookie(deps))
    response.headers.append('set-cookie', removeCookie(deps, 'openIdStep'))
    return response
  }

  function showSignUp(
    { request, viewer }: { request: Request; viewer: Viewer },
    { status = 200, ...typed }: Pick<OpenIdSignUpProps, 'values' | 'errors'> & { status?: number },
  ): Response {
    const props = { ...typed, provider: provider.name, adminReadsMessages: deps.config.adminReadsMessages }
    return isFragment(request)
      ? fragment({ viewer, status }, <OpenIdSignUpForm {...props} />)
      : page(
          deps,
          { title: text(viewer.language).account.signUp, viewer, status },
          <OpenIdSignUpPage {...props} />,
        )
  }
}

/** Returns to the page with the error, so that a reload does not repeat the callback. */
function refused(error: unknown, { next, page }: { next: string | null; page: string }): Response {
  if (!(error instanceof Invalid)) throw error
  return redirect(withQuery(page, { error: Object.values(error.fields)[0]!, next }))
}

/** The same for a form that htmx submitted. */
function seeOtherInPlace(headers: Headers): Response {
  headers.set('hx-redirect', headers.get('location')!)
  headers.delete('location')
  return new Response(null, { status: 204, headers })
}
