import { ElysiaCustomStatusResponse } from 'elysia'
import { paths } from '../../web/paths.ts'
import { sha256 } from '../database/hash.ts'

/**
 * Sends a result of the API as `application/json`. A GET gets a weak entity tag (RFC 9110, 8.8.3), and 304 without a body when
 * the client holds this state. Undefined for what the framework should send itself, such as a page or a stream.
 */
export function jsonResponse(request: Request, result: unknown): Response | undefined {
  if (!new URL(request.url).pathname.startsWith(paths.api.root)) return undefined
  const { status, value } = unwrap(result)
  if (!isPlain(value)) return undefined
  const body = JSON.stringify(value)
  const headers = { 'content-type': 'application/json' }
  if (request.method !== 'GET' || status !== 200) return new Response(body, { status, headers })
  const etag = `W/"${sha256(body).slice(0, 22)}"`
  const isHeld = holds(request.headers.get('if-none-match'), etag)
  return isHeld
    ? new Response(null, { status: 304, headers: { etag } })
    : new Response(body, { headers: { ...headers, etag } })
}

/** The value and the status of a handler's result: `status(201, value)`, or a value of status 200. */
function unwrap(result: unknown): { status: number; value: unknown } {
  return result instanceof ElysiaCustomStatusResponse
    ? { status: Number(result.code), value: result.response }
    : { status: 200, value: result }
}

/** RFC 9110, 13.1.2, by weak comparison. */
function holds(header: string | null, etag: string): boolean {
  if (header === null) return false
  return (
    header.trim() === '*' || header.split(',').some((tag) => tag.trim().replace(/^(?!W\/)/, 'W/') === etag)
  )
}

function isPlain(value: unknown): value is object {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype
}
