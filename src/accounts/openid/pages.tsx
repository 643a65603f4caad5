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
import { chargedKey } from '../../process/charged.ts'
import type { Deps } from '../../process/deps.ts'
import { logSecurityEvent } from '../../process/security-event.ts'
import { InvalidInvite } from '../invites/errors.ts'
import { findInvite } from '../invites/service.ts'
import type { Language, Viewer } from '../profile/schema.ts'
import { auth, findCaller, signInClient } from '../sessions/auth.ts'
import type { SignedInView } from '../sessions/schema.ts'
import { SignInExpired } from '../sign-in/errors.ts'
import { safePath } from '../sign-in/next-path.ts'
import { checkSignUp, createSignInProof } from '../sign-in/service.ts'
import { CodeRequired } from '../two-factor/errors.ts'
import { type CodeStep, providerSessionCookie, readStep, removeCookie, stepCookie } from './cookies.ts'
import { type Identity, OpenIdFailed, type OpenIdProvider } from './provider.ts'
import { type Begun, redirect, redirectToProvider } from './redirect.ts'
import { linkIdentity, signInWithIdentity, signUpWithIdentity, suggestUsername } from './service.ts'
import { originOf } from './session-origin.ts'

/** Kept while the user chooses a username. `id` is used up by the account or session that it leads to. */
type Proven = { id: string; identity: Identity } & Pick<Begun, 'next' | 'invite'>

/** Signing in and up with the OpenID Connect provider. */
export function openIdPages(deps: Deps, provider: OpenIdProvider) {
  const callback = deps.config.origin + paths.openIdCallback
  return new Elysia({ detail: { hide: true } })
    .use(auth(deps))
    .get(
      paths.openIdSignIn,
      async ({ query }) => {
        const begun = { next: safePath(query.next), link: null, invite: query.invite || null }
        try {
          await deps.limits.take('openId', chargedKey().key)
          // Checked before the redirect: with an invalid invite, a sign-in at the provider would be useless.
          if (begun.invite) await findInvite(deps, begun.invite)
          return await redirectToProvider(deps, provider, { callback, ...begun })
        } catch (error) {
          return refused(error, begun)
        }
      },
      { query: PageQuery({ next: t.Optional(t.String()), invite: FormField }) },
    )
    .get(paths.openIdCallback, async ({ request, client, viewer }) => {
      const begun = await readStep<Begun>(deps, request, 'begun')
      const { next, link: session, invite } = begun ?? { next: null, link: null, invite: null }
      let identity: Identity | null = null
      try {
        await deps.limits.take('openId', chargedKey().key)
        if (!begun) throw new OpenIdFailed()
        const checks = { ...begun.checks, at: deps.now() }
        identity = await provider.finish(new URL(new URL(request.url).search, callback), checks)
        await deps.limits.refund('openId', chargedKey().key)
        if (session !== null) return await link(request, { identity, session, language: viewer.language })
        const device = await signInClient(deps, request, client)
        const signedIn = await signInWithIdentity(deps, device, { identity })
        if (signedIn) return redirectSignedIn(request, signedIn, next)
        checkSignUp(deps.config, { withInvite: invite !== null })
        const proven: Proven = { id: crypto.randomUUID(), identity, next, invite }
        return redirect(paths.openIdSignUp, await stepCookie(deps, 'proven', proven))
      } catch (error) {
        if (error instanceof CodeRequired) return showCode(viewer, error, { identity: identity!, next })
        // Without its step, nothing was tried: it has expired, or another browser began.
        if (error instanceof OpenIdFailed && begun) await logFailure(request, begun)
        return refused(error, { next, link: session, invite })
      }
    })
    .get(paths.openIdSignUp, async ({ request, viewer }) => {
      const proven = await readStep<Proven>(deps, request, 'proven')
      if (!proven) return redirect(paths.signIn)
      const { identity, invite } = proven
      const values = { username: suggestUsername(identity), displayName: identity.displayName ?? undefined }
      return showSignUp({ request, viewer }, { invite, values, errors: {} })
    })
    .post(
      paths.openIdSignUp,
      async ({ request, client, body: { username = '', displayName } }) => {
        const proven = await readStep<Proven>(deps, request, 'proven')
        if (!proven) return seeOther(request, withQuery(paths.signIn, { error: 'openid_failed' }))
        const { id: step, identity, next, invite } = proven
        const device = await signInClient(deps, request, client)
        const account = { step, identity, username, displayName, invite }
        const signedIn = await signUpWithIdentity(deps, device, account).catch(nullIfExpired)
        if (!signedIn) return beginAgain(request, proven)
        const { status, headers } = redirectSignedIn(request, signedIn, next)
        return isFragment(request) ? seeOtherInPlace(headers) : new Response(null, { status, headers })
      },
      {
        form: formRenderer(async (fault, { request, viewer, body: { username, displayName } }) => {
          const proven = await readStep<Proven>(deps, request, 'proven')
          const invite = proven?.invite ?? null
          return showSignUp({ request, viewer }, { invite, values: { username, displayName }, ...fault })
        }),
        body: t.Object({ username: FormField, displayName: FormField }),
      },
    )

  /** Logs a failed link apart from failed sign-ins, for which tools such as fail2ban block addresses. */
  async function logFailure(request: Request, { link: session }: Begun): Promise<void> {
    if (session === null)
      return logSecurityEvent(deps, { event: 'sign-in', outcome: 'failed', method: 'openid', user: null })
    const user = (await findCaller(deps, request))?.id ?? null
    logSecurityEvent(deps, { event: 'identity-linked', outcome: 'failed', user })
  }

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

  async function showCode(
    viewer: Viewer,
    error: CodeRequired,
    { identity, next }: { identity: Identity; next: string | null },
  ): Promise<Response> {
    const origin = originOf(identity)
    const proof = await createSignInProof(deps, error, { origin })
    const title = text(viewer.language).account.signIn
    const response = page(deps, { title, viewer }, <CodePage proof={proof} errors={{}} next={next} />)
    response.headers.append('set-cookie', providerSessionCookie(deps))
    const step: CodeStep = { proof, origin }
    response.headers.append('set-cookie', await stepCookie(deps, 'code', step))
    return response
  }

  /** Signs in at the provider again; a user whose form was sent twice now has an account. */
  async function beginAgain(request: Request, { next, invite }: Proven): Promise<Response> {
    const isOpen = invite !== null && (await findInvite(deps, invite).catch(nullIfInvalid)) !== null
    const path = withQuery(paths.openIdSignIn, { next, invite: isOpen ? invite : null })
    return seeOther(request, path, { cookies: [removeCookie(deps, 'openIdStep')] })
  }

  async function showSignUp(
    { request, viewer }: { request: Request; viewer: Viewer },
    {
      status = 200,
      invite,
      ...typed
    }: Pick<OpenIdSignUpProps, 'values' | 'errors'> & Pick<Begun, 'invite'> & { status?: number },
  ): Promise<Response> {
    const found = invite === null ? null : await findInvite(deps, invite).catch(nullIfInvalid)
    // That page explains it.
    if (invite !== null && !found) return seeOther(request, withQuery(paths.invite, { token: invite }))
    const props = {
      ...typed,
      inviter: found?.creator ?? null,
      provider: provider.name,
      adminReadsMessages: deps.config.adminReadsMessages,
    }
    return isFragment(request)
      ? fragment({ viewer, status }, <OpenIdSignUpForm {...props} />)
      : page(
          deps,
          { title: text(viewer.language).account.signUp, viewer, status },
          <OpenIdSignUpPage {...props} />,
        )
  }
}

/** Returns to the page that began, with the error, so that a reload does not repeat the callback. */
function refused(failure: unknown, { next, link, invite }: Omit<Begun, 'checks'>): Response {
  if (!(failure instanceof Invalid)) throw failure
  const error = Object.values(failure.fields)[0]!
  if (invite !== null) return redirect(withQuery(paths.invite, { token: invite, error }))
  return redirect(withQuery(link === null ? paths.signIn : paths.openIdSettings, { error, next }))
}

function nullIfExpired(error: unknown): null {
  if (error instanceof SignInExpired) return null
  throw error
}

function nullIfInvalid(error: unknown): null {
  if (error instanceof InvalidInvite) return null
  throw error
}

/** The same for a form that htmx submitted. */
function seeOtherInPlace(headers: Headers): Response {
  headers.set('hx-redirect', headers.get('location')!)
  headers.delete('location')
  return new Response(null, { status: 204, headers })
}
