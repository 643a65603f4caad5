import { AsyncLocalStorage } from 'node:async_hooks'
import { randomUUID } from 'node:crypto'
import type { Logger } from 'pino'
import { paths } from '../../web/paths.ts'
import type { Viewer } from '../accounts/schema.ts'
import type { Me } from '../accounts/sessions/session.ts'
import type { Actor } from '../admin/audit-log/service.ts'
import { emit } from '../process/telemetry.ts'
import type { Peer } from './client-address.ts'

/** Where a request comes from. */
export type Client = { address: string; userAgent: string }

/** The request under way, as everything that serves it may know it. */
export type CurrentRequest = {
  readonly id: string
  /** `other` for uncommon methods: a client may invent any. */
  readonly method: string
  readonly client: Client
  readonly upgrade: Peer['upgrade']
  /** The pattern of its path, such as `/chat/:username`; null until a route matches. */
  route: string | null
  /** The signed-in user; null until authenticated. */
  caller: Me | null
  /** False while the caller is not yet authorized for the route. */
  admitted: boolean
  /** Renders the route's form again; null where the route has none. */
  renderForm: FormRenderer | null
  /** Of the response; null until there is one. */
  status: number | null
}

/** Errors by field, as texts or as codes of texts, and the status of the page that shows them. */
export type FormErrors = { errors: Record<string, string>; status: number }

/** Renders a form with what was typed and what is wrong with it. */
export type FormRenderer = (
  fault: FormErrors,
  context: {
    error: unknown
    request: Request
    /** On a route without `auth` there is none. */
    me: Me
    actor: Actor
    viewer: Viewer
    body: Record<string, string | undefined>
    params: Record<string, string>
    query: Record<string, string | undefined>
  },
) => Response | Promise<Response>

/** Types the parameters of a {@link FormRenderer} where it stands beside a handler, whose own types TypeScript then still infers. */
export function formRenderer(render: FormRenderer): FormRenderer {
  return render
}

/** The name of the header that carries the ID, in lower case. */
export const REQUEST_ID = 'x-request-id'

/** A proxy's ID is kept when it is safe to log and no longer than common IDs. */
const WELL_FORMED = /^[\w.-]{8,64}$/

const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])

/** Until routing and authorization. */
const UNKNOWN = { route: null, caller: null, admitted: true, renderForm: null, status: null }

const current = new AsyncLocalStorage<CurrentRequest>()

/** The request under way; undefined outside of one. */
export function currentRequest(): CurrentRequest | undefined {
  return current.getStore()
}

/** Where the request under way comes from. */
export function currentClient(): Client {
  return current.getStore()?.client ?? { address: 'unknown', userAgent: '' }
}

/** The caller as the audit log records who acts, in which session, and from where. */
export function actorOf({ id, session }: Me): Actor {
  return { id, session: session.id, address: currentClient().address.slice(0, 45) }
}

/** Remembers the pattern of the matched route, which the framework also knows when parsing or authentication fails. */
export function noteRoute(route: string | undefined): void {
  const request = currentRequest()
  if (request && route) request.route = route
}

/**
 * Serves a request under an ID, then writes one log line and emits `chatapp:request`. Both contain only the pattern of the
 * path: the path itself, the query and the headers hold names, searches and tokens.
 */
export function withRequestContext(
  request: Request,
  { log, address, upgrade }: { log: Logger; address: string; upgrade: Peer['upgrade'] },
  serve: () => Response | Promise<Response>,
): Promise<Response> {
  const given = request.headers.get(REQUEST_ID) ?? ''
  const id = WELL_FORMED.test(given) ? given : randomUUID()
  const method = METHODS.has(request.method) ? request.method : 'other'
  const client = { address, userAgent: request.headers.get('user-agent') ?? '' }
  const now: CurrentRequest = { id, method, client, upgrade, ...UNKNOWN }
  return current.run(now, async () => {
    emit('chatapp:request-begun', {})
    const startedAt = performance.now()
    try {
      const response = await serve()
      now.status = response.status
      return response
    } finally {
      const answer = {
        method,
        route: now.route,
        // Without a response, the runtime answers 500.
        status: now.status ?? 500,
        ms: Number((performance.now() - startedAt).toFixed(2)),
      }
      log[isRoutine(answer.route) ? 'debug' : 'info'](
        { ...answer, ...(now.caller && { user: now.caller.id }) },
        'answered',
      )
      emit('chatapp:request', answer)
    }
  })
}

/** Health checks and static files are logged at `debug`: they would bury the rest. */
function isRoutine(route: string | null): boolean {
  return route !== null && ROUTINE.some((start) => route.startsWith(start))
}
const ROUTINE = [paths.live, paths.ready, `${paths.assets}/`, `${paths.docs}/`]
