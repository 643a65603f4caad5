import { type Context, type DocumentDecoration, Elysia } from 'elysia'
import { paths } from '../../../web/paths.ts'
import { InvalidToken, Unauthorized } from '../../http/errors.ts'
import { refuseOtherSites } from '../../http/origin-check.ts'
import {
  actorOf,
  type Client,
  currentClient,
  currentRequest,
  type FormRenderer,
} from '../../http/request-context.ts'
import { documentErrors } from '../../http/schema.ts'
import { viewerOf } from '../../http/viewer.ts'
import type { Deps } from '../../process/deps.ts'
import { confirmIdentity, type SignInClient } from '../sign-in/service.ts'
import { SecondFactorRequired } from '../two-factor/errors.ts'
import { lacksSecondFactor } from '../two-factor/requirement.ts'
import { authenticateCookies, bearerToken, sessionCookie } from './cookie.ts'
import { AdminRequired, TokenForbidden } from './errors.ts'
import { authenticate, type Me, renewSession } from './session.ts'

/**
 * Route options:
 * - `auth: true` provides `me` and the audit `actor`, and refuses anonymous callers. `auth: 'session'` also refuses API
 *   tokens, which must not change account settings. `auth: 'admin'` also refuses users who are not administrators now.
 *   Authorization runs before validation, so that anonymous callers learn nothing about a route's parameters.
 * - `ownSite: true` refuses links and other requests from other sites, also those that only read.
 * - `confirmPassword: true`, with `auth`, checks `password` in the body, or how recent the sign-in of a user without a password
 *   is, and `code` while two-factor authentication is on. It provides the `user`.
 * - `form` renders the form again when the handler or the password check fails with field errors.
 *
 * Every handler gets `viewer` (language, time zone and theme) and `client` (where the request comes from).
 */
export function auth(deps: Deps) {
  return new Elysia({ name: 'auth' })
    .derive({ as: 'scoped' }, ({ request }) => ({ viewer: viewerOf(request), client: currentClient() }))
    .macro({
      auth: (access: true | 'session' | 'admin') => ({
        detail: {
          security: SECURITY[access === true ? 'any' : access],
          responses: forbidden(deps, access),
        },
        transform: ({ request, set }: Pick<Context, 'request' | 'set'>) =>
          authorize(deps, { request, set, access }),
        resolve: () => {
          const me = currentRequest()!.caller!
          return { me, actor: actorOf(me) }
        },
      }),
      ownSite: (_: true) => ({
        transform: ({ request }: Pick<Context, 'request'>) => refuseOtherSites(request),
      }),
      confirmPassword: (_: true) => ({
        resolve: async ({ body }: { body: unknown }) => {
          const me = currentRequest()!.caller!
          const { password = '', code } = body as { password?: string; code?: string }
          return { user: await confirmIdentity(deps, { me, password, code }) }
        },
      }),
      form: (render: FormRenderer) => ({
        transform: () => {
          currentRequest()!.renderForm = render
        },
      }),
    })
}

/** @throws Unauthorized, InvalidToken, Forbidden, SecondFactorRequired */
async function authorize(
  deps: Deps,
  { request, set, access }: Pick<Context, 'request' | 'set'> & { access: true | 'session' | 'admin' },
): Promise<void> {
  const now = currentRequest()!
  now.admitted = false
  const me = now.caller
  if (!me) throw bearerToken(request) ? new InvalidToken() : new Unauthorized()
  if (access !== true && me.session.isToken) throw new TokenForbidden()
  if (access === 'admin' && me.role !== 'admin') throw new AdminRequired()
  if (!SET_UP.has(now.route) && (await lacksSecondFactor(deps, me))) throw new SecondFactorRequired()
  const renewed = await renewBrowser(deps, request, me)
  if (renewed) {
    set.headers['set-cookie'] = sessionCookie(deps, renewed)
    now.caller = { ...me, session: { ...me.session, expiresAt: renewed.expiresAt } }
  }
  now.admitted = true
}

/** Security schemes of the API document. */
const SECURITY = {
  any: [{ apiToken: [] }, { session: [] }, { cookie: [] }],
  session: [{ session: [] }, { cookie: [] }],
  admin: [{ administrator: [] }, { administratorCookie: [] }],
}

/** The routes that a user without a required second factor may use: to set one up, to read the session and to sign out. */
const SET_UP: ReadonlySet<string | null> = new Set([
  ...[paths.signOut, paths.twoFactor, paths.beginTwoFactor, paths.passkeys, paths.beginPasskey],
  ...[paths.api.session, paths.api.twoFactor, paths.api.twoFactorSetup],
  ...[paths.api.passkeys, paths.api.passkeyCreation],
])

/** The documented 403 of a route with this access. */
function forbidden(
  { config }: Deps,
  access: true | 'session' | 'admin',
): NonNullable<DocumentDecoration['responses']> {
  const missing = config.twoFactor === 'optional' ? [] : [new SecondFactorRequired()]
  if (access === true) return missing.length > 0 ? { 403: { more: () => missing } as never } : {}
  const causes = access === 'admin' ? [new AdminRequired(), new TokenForbidden()] : [new TokenForbidden()]
  return { 403: documentErrors(FORBIDDEN[access], [...causes, ...missing]) }
}

const FORBIDDEN = {
  session: new TokenForbidden().detail,
  admin: 'Only administrators can do this, and not with an API token.',
}

/** The user of the token in `Authorization`, or else of the first valid cookie; null without one. */
export async function findCaller(deps: Deps, request: Request): Promise<Me | null> {
  const now = currentRequest()!
  if (now.identified) return now.caller
  const bearer = bearerToken(request)
  if (bearer) now.caller = await authenticate(deps, bearer)
  else {
    const { value } = await authenticateCookies(deps, request).next()
    now.caller = value?.me ?? null
    now.cookieToken = value?.token ?? null
  }
  now.identified = true
  return now.caller
}

/**
 * Renews a browser's session; null when it is not due. Not for API clients, which have the expiry of their token and
 * ignore cookies. Only on GET, because signing out removes the cookie.
 */
async function renewBrowser(deps: Deps, request: Request, me: Me) {
  const { cookieToken } = currentRequest()!
  return cookieToken && request.method === 'GET' ? await renewSession(deps, me, cookieToken) : null
}

/** The client of a sign-in, and the session that the new one replaces: the one of the browser's cookie. */
export async function signInClient(deps: Deps, request: Request, client: Client): Promise<SignInClient> {
  if (bearerToken(request)) return client
  for await (const { me } of authenticateCookies(deps, request)) return { ...client, replaces: me.session }
  return client
}
