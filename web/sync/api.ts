import type { ChangesView, MessagePageView, MessageView } from '../../src/messages/schema.ts'
import { chatPaths, withQuery } from '../chat/paths.ts'
import type { Clock } from './clock.ts'

/** No response, or an unreadable one: whether the server processed the request is unknown. */
export class NetworkError extends Error {}

/** An error response: a problem document (RFC 9457). */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly problem: { detail?: string; errors?: { code: string }[] },
    /** Milliseconds to wait before a retry, from `retry-after`; 0 without one. */
    readonly retryAfter: number,
  ) {
    super(problem.detail ?? `status ${status}`)
  }
}

/** Whether the same request may succeed later. 401 is retryable, because signing in again resolves it. */
export function isRetryable(error: unknown): boolean {
  return !(error instanceof ApiError) || error.status >= 500 || [401, 408, 425, 429].includes(error.status)
}

/** Whether a request named a version that the server does not have yet: the database node that answered lags behind. */
export function isBehind(error: unknown): boolean {
  return (
    error instanceof ApiError && (error.problem.errors ?? []).some(({ code }) => code === 'unknown_version')
  )
}

/** Milliseconds for one request: a half-open connection would block the requests behind it for minutes. */
const REQUEST_TIMEOUT_MS = 15_000

/** Messages in a page of earlier ones: larger than the first page, since the user is scrolling back. */
const EARLIER_LIMIT = 50

/** The requests of the page. All reject with {@link NetworkError} or {@link ApiError}. */
export function createApi(env: {
  fetch: (path: string, init: RequestInit) => Promise<Response>
  clock: Clock
  /** Called at every 401. */
  onSignedOut(): void
}) {
  async function call<T>(method: string, path: string, options: Options = {}): Promise<T> {
    const abort = new AbortController()
    const timeout = Promise.withResolvers<never>()
    const cancel = env.clock.after(REQUEST_TIMEOUT_MS, () => {
      abort.abort()
      // Does not rely on `fetch` to settle: otherwise, the requests behind it might wait forever.
      timeout.reject(new Error('no response'))
    })
    const request = async (): Promise<unknown> => {
      // `keepalive`: a request made just before the page is left still goes out.
      const response = await env.fetch(path, {
        method,
        headers: { accept: 'application/json', ...options.headers },
        signal: abort.signal,
        ...(options.json && { body: JSON.stringify(options.json), keepalive: true }),
      })
      if (!response.ok) throw await errorOf(response, env.clock)
      return response.status === 204 ? undefined : await response[options.as ?? 'json']()
    }
    try {
      return (await Promise.race([request(), timeout.promise])) as T
    } catch (error) {
      if (!(error instanceof ApiError)) throw new NetworkError(String(error))
      if (error.status === 401) env.onSignedOut()
      throw error
    } finally {
      cancel()
    }
  }

  const write = <T>(method: string, path: string, json: object) =>
    call<T>(method, path, { json, headers: { 'content-type': 'application/json' } })

  return {
    changes: (person: string, since: number) =>
      call<ChangesView>('GET', withQuery(chatPaths.api.changes(person), { since })),
    earlier: (person: string, before: number) =>
      call<MessagePageView>(
        'GET',
        withQuery(chatPaths.api.messages(person), { before, limit: EARLIER_LIMIT }),
      ),
    send: (person: string, message: { body: string; clientId: string }) =>
      write<MessageView>('POST', chatPaths.api.messages(person), message),
    read: (person: string, seq: number) => write<void>('PUT', chatPaths.api.read(person), { seq }),
    /** Rejects with 401 when the session has ended; the result is not used. */
    session: () => call<unknown>('GET', chatPaths.api.session),
    /** A part of a page, requested as htmx does. */
    fragment: (path: string) =>
      call<string>('GET', path, { as: 'text', headers: { accept: 'text/html', 'hx-request': 'true' } }),
  }
}

type Options = { json?: object; headers?: Record<string, string>; as?: 'text' }

async function errorOf(response: Response, clock: Clock): Promise<ApiError> {
  const problem = await response.json().catch(() => ({}))
  return new ApiError(response.status, problem ?? {}, retryAfter(response.headers.get('retry-after'), clock))
}

/** Milliseconds from now, from seconds or a date (RFC 9110, 10.2.3). */
function retryAfter(header: string | null, clock: Clock): number {
  if (!header) return 0
  const seconds = Number(header)
  const wait = Number.isNaN(seconds) ? Date.parse(header) - clock.now() : seconds * 1000
  return Math.max(0, wait || 0)
}
