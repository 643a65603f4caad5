import { AsyncLocalStorage } from 'node:async_hooks'
import { randomUUID } from 'node:crypto'
import type { Logger } from 'pino'
import { paths } from '../../web/paths.ts'
import type { Viewer } from '../accounts/profile/schema.ts'
import type { Me } from '../accounts/sessions/session.ts'
import type { KnownDevice } from '../accounts/sign-in/known-device.ts'
import type { Actor } from '../admin/audit-log/service.ts'
import { emit } from '../process/telemetry.ts'
import type { Peer } from './client-address.ts'
import type { CookieNames } from './cookies.ts'
import type { Quota } from './rate-limits.ts'

/** Where a request comes from. */
export type Client = {
  address: string
  userAgent: string
  /** The devices of its cookies: none without an earlier sign-in, and none while the headers are not checked. */
  devices: readonly KnownDevice[]
  /** Aborted when the client closes the connection. */
  signal: AbortSignal | null
}

/** The state of the current request. */
export type CurrentRequest = {
  readonly id: string
  /** `other` for uncommon methods, because clients can send any word. */
  readonly method: string
  readonly client: Client
  readonly upgrade: Peer['upgrade']
  readonly cookies: CookieNames
  /** The route pattern, such as `/chat/:username`; null until a route matches. */
  route: string | null
  /** The signed-in user; null until authenticated. */
  caller: Me | null
  /** Whether the credentials were checked, so that invalid ones are not checked again. */
  identified: boolean
  /** The session cookie that authenticated the caller; null for API clients. */
  cookieToken: string | null
  /** False while the caller is not yet authorized for the route. */
  admitted: boolean
  /** Renders the route's form again; null on a route without one. */
  renderForm: FormRenderer | null
  /** What is left of the limits that the request counted for. */
  readonly quotas: Quota[]
  /** Status of the response; null until there is one. */
  status: number | null
}

/** Errors by field, as texts or as `FieldCode`, and the status of the page that shows them. */
export type FormErrors = { errors: Record<string, string>; status: number }

/** Renders a form with the submitted values and their errors. */
export type FormRenderer = (
  fault: FormErrors,
  context: {
    error: unknown
    request: Request
    /** Undefined on a route without `auth`. */
    me: Me
    actor: Actor
    viewer: Viewer
    body: Record<string, string | undefined>
    params: Record<string, string>
    query: Record<string, string | undefined>
  },
) => Response | Promise<Response>

/** Types a {@link FormRenderer} next to a handler without disturbing the inference of the handler's types. */
export function formRenderer(render: FormRenderer): FormRenderer {
  return render
}

/** The header with the request ID, in lower case. */
export const REQUEST_ID = 'x-request-id'

/** Request IDs of a proxy that are accepted: safe to log, and of usual length. */
const WELL_FORMED = /^[\w.-]{8,64}$/

const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])

/** The state before routing and authorization. */
const UNKNOWN = {
  route: null,
  caller: null,
  identified: false,
  cookieToken: null,
  admitted: true,
  renderForm: null,
  status: null,
}

const current = new AsyncLocalStorage<CurrentRequest>()

/** The current request; undefined outside of a request. */
export function currentRequest(): CurrentRequest | undefined {
  return current.getStore()
}

/** Runs `work` outside of the current request. A stream would keep the state of its request in memory until it ends. */
export function outsideRequest<T>(work: () => T): T {
  return current.exit(work)
}

/** Where the current request comes from. */
export function currentClient(): Client {
  return current.getStore()?.client ?? { address: 'unknown', userAgent: '', devices: [], signal: null }
}

/** The caller as the audit log records them: user, session and address. */
export function actorOf({ id, session }: Me): Actor {
  return { id, session: session.id, address: currentClient().address.slice(0, 45) }
}

/** Stores the pattern of the matched route. The framework also passes it when parsing or authentication fails. */
export function noteRoute(route: string | undefined): void {
  const request = currentRequest()
  if (request && route) request.route = route
}

/**
 * Serves a request under an ID, then writes one log line and emits `chatapp:request`. Both contain only the route pattern:
 * path, query and headers contain names, searches and tokens.
 */
export function withRequestContext(
  request: Request,
  {
    log,
    address,
    ...known
  }: {
    log: Logger
    address: string
    upgrade: Peer['upgrade']
    cookies: CookieNames
  },
  serve: () => Response | Promise<Response>,
): Promise<Response> {
  const given = request.headers.get(REQUEST_ID) ?? ''
  const id = WELL_FORMED.test(given) ? given : randomUUID()
  const method = METHODS.has(request.method) ? request.method : 'other'
  const userAgent = request.headers.get('user-agent') ?? ''
  const client = { address, userAgent, devices: [], signal: request.signal }
  const now: CurrentRequest = { id, method, client, ...known, ...UNKNOWN, quotas: [] }
  return current.run(now, async () => {
    emit('chatapp:request-begun', {})
    const startedAt = performance.now()
    try {
      const response = await serve()
      now.status = response.status
      return response
    } finally {
      const summary = {
        method,
        route: now.route,
        // Without a response, the runtime sends 500.
        status: now.status ?? 500,
        ms: Number((performance.now() - startedAt).toFixed(2)),
      }
      log[isRoutine(summary.route) ? 'debug' : 'info'](
        { ...summary, ...(now.caller && { user: now.caller.id }) },
        'request completed',
      )
      emit('chatapp:request', summary)
    }
  })
}

/** Whether it is a health check or a static file; these are logged at `debug`. */
function isRoutine(route: string | null): boolean {
  return route !== null && ROUTINE.some((start) => route.startsWith(start))
}
const ROUTINE = [paths.live, paths.ready, `${paths.assets}/`, `${paths.docs}/`]
