import { STATUS_CODES } from 'node:http'
import type { VNode } from 'preact'
import { render } from 'preact-render-to-string'
import { unreadLabel } from '../../web/chat/unread.ts'
import { paths, withQuery } from '../../web/paths.ts'
import { MayInvite } from '../../web/settings/frame.tsx'
import { errorText, text } from '../../web/text/text.ts'
import { type ErrorKind, ErrorPage, ErrorPane, errorTitle } from '../../web/ui/error.tsx'
import { Layout } from '../../web/ui/layout.tsx'
import { ViewerContext } from '../../web/ui/viewer.ts'
import { mayInvite } from '../accounts/invites/access.ts'
import type { Viewer } from '../accounts/profile/schema.ts'
import { findCaller } from '../accounts/sessions/auth.ts'
import { InviteRequired, SignUpClosed } from '../accounts/sign-in/errors.ts'
import { SecondFactorRequired } from '../accounts/two-factor/errors.ts'
import type { Deps } from '../process/deps.ts'
import { type AppError, CrossSite, Invalid, TooManyRequests, Unauthorized, UnknownPerson } from './errors.ts'
import { problemType } from './problem-codes.ts'
import { currentRequest, type FormErrors } from './request-context.ts'
import { HeadTooLarge } from './request-head.ts'
import { viewerOf } from './viewer.ts'

/** A whole page. */
export function page(
  { assets, config }: Pick<Deps, 'assets' | 'config'>,
  {
    title,
    unread = 0,
    viewer,
    status = 200,
    withPasskeys = false,
  }: { title: string; unread?: number; viewer: Viewer; status?: number; withPasskeys?: boolean },
  body: VNode,
): Response {
  const { product } = text(viewer.language)
  const whole = title === product ? title : `${title} · ${product}`
  return html(
    `<!doctype html>${render(
      <Layout
        title={unread ? `(${unreadLabel(unread)}) ${whole}` : whole}
        plainTitle={unread ? whole : undefined}
        viewer={viewer}
        assets={assets}
        zoneCookie={currentRequest()?.cookies.zone}
        withPasskeys={withPasskeys}
      >
        <MayInvite value={mayInvite(config, currentRequest()?.caller)}>{body}</MayInvite>
      </Layout>,
    )}`,
    status,
  )
}

/** A part of a page, for htmx; `title` becomes the page's. */
export function fragment(
  { viewer, title, status = 200 }: { viewer: Viewer; title?: string; status?: number },
  body: VNode,
): Response {
  return html(
    render(
      <ViewerContext value={viewer}>
        {title && <title>{title}</title>}
        {body}
      </ViewerContext>,
    ),
    status,
  )
}

/** Whether htmx requests a part of the page. */
export function isFragment(request: Request): boolean {
  return request.headers.get('hx-request') === 'true' && !request.headers.has('hx-history-restore-request')
}

/** Redirects to a path of this site: with 303 after a form, or the whole page from an htmx request. */
export function seeOther(
  request: Request,
  path: string,
  { headers = {}, cookies = [] }: { headers?: Record<string, string>; cookies?: readonly string[] } = {},
): Response {
  const isHtmx = isFragment(request)
  const response = new Response(null, {
    status: isHtmx ? 204 : 303,
    headers: { ...headers, [isHtmx ? 'hx-redirect' : 'location']: path },
  })
  for (const cookie of cookies) response.headers.append('set-cookie', cookie)
  return response
}

/** 204. */
export function noContent(headers: Record<string, string> = {}): Response {
  return new Response(null, { status: 204, headers })
}

/** Returns an error as a page for browsers, or as a problem for API clients. */
export async function errorResponse(deps: Deps, request: Request, error: AppError): Promise<Response> {
  if (new URL(request.url).pathname.startsWith('/api/')) return problem(error, currentRequest()?.id)
  // Pages that require a session redirect to the sign-in.
  if (error instanceof Unauthorized) {
    return seeOther(request, withQuery(paths.signIn, { next: intendedPath(request) }))
  }
  if (error instanceof SecondFactorRequired) return seeOther(request, paths.twoFactor)
  if (!wantsPage(request)) return problem(error, currentRequest()?.id)
  // Requests over a limit, or with large headers, must not cost a query. Those of users were identified before.
  if (!(error instanceof HeadTooLarge || error instanceof TooManyRequests))
    await findCaller(deps, request).catch(() => null)
  const viewer = viewerOf(request)
  const { status } = error
  const cause = { status, kind: kindOf(error) }
  const response = isFragment(request)
    ? fragment({ viewer, status }, <ErrorPane {...cause} />)
    : page(deps, { title: errorTitle(cause, viewer), viewer, status }, <ErrorPage {...cause} />)
  for (const [name, value] of Object.entries(error.headers)) response.headers.set(name, value)
  return response
}

/** The cause that the error page explains; undefined if the status explains enough. */
function kindOf(error: AppError): ErrorKind | undefined {
  if (error instanceof UnknownPerson) return 'unknownPerson'
  if (error instanceof SignUpClosed) return 'signUpClosed'
  if (error instanceof InviteRequired) return 'inviteRequired'
  return error instanceof CrossSite ? 'crossSite' : undefined
}

/** The path to return to after the sign-in: the page itself, or the page of the requested list. */
function intendedPath(request: Request): string | null {
  const requested = new URL(request.url)
  const isList = requested.pathname === paths.people || requested.pathname === paths.conversations
  const from = isList && isFragment(request) ? request.headers.get('hx-current-url') : null
  const { pathname, search } = from && URL.canParse(from) ? new URL(from) : requested
  return request.method === 'GET' && pathname !== paths.home ? `${pathname}${search}` : null
}

/** The errors that a form shows in place; null for every other error. */
export function formErrors(error: unknown, { language }: Viewer): FormErrors | null {
  // A form that may not be sent is not shown again.
  if (error instanceof Invalid && error.status !== 403) return { errors: error.fields, status: 422 }
  if (error instanceof TooManyRequests) {
    return { errors: { form: errorText(language, 'too_many', Math.ceil(error.seconds / 60)) }, status: 429 }
  }
  return null
}

/** An error as `application/problem+json` (RFC 9457), in English. */
export function problem(error: AppError, requestId: string | undefined): Response {
  const { status, detail, headers, code } = error
  const body = {
    type: problemType(code),
    title: STATUS_CODES[status] ?? 'Error',
    status,
    code,
    detail,
    requestId,
    ...(error instanceof Invalid && {
      errors: Object.entries(error.fields).map(([field, code]) => ({
        field,
        code,
        message: errorText('en', code),
      })),
    }),
  }
  return Response.json(body, {
    status,
    headers: { ...headers, 'content-type': 'application/problem+json', 'cache-control': 'no-store' },
  })
}

function html(text: string, status: number): Response {
  return new Response(text, {
    status,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      vary: 'HX-Request, Cookie, Accept-Language',
    },
  })
}

function wantsPage(request: Request): boolean {
  return isFragment(request) || (request.headers.get('accept') ?? '').includes('text/html')
}
