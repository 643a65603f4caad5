import { BadRequest, TooLarge, UnsupportedType } from './errors.ts'

/** Maximum bytes of a request body: enough for 4,000 characters outside the BMP, all escaped in JSON. */
export const BODY_BYTES = 64 * 1024

/** Maximum depth of a JSON body. The cost of validation grows with the square of the depth. */
const MAX_JSON_DEPTH = 16

/** Maximum values in a JSON body, or fields in a form. The error of a failed validation describes each of them. */
const MAX_VALUES = 500

/** The framework parses no body without a content type. @throws UnsupportedType */
export async function refuseUntypedBody(request: Request): Promise<void> {
  if (!request.body || request.headers.has('content-type')) return
  if ((await readBytes(request)).length > 0) throw new UnsupportedType()
}

/**
 * Reads a JSON or form body in UTF-8; other content types and encodings are refused.
 * @throws TooLarge, UnsupportedType, BadRequest
 */
export async function readBody(request: Request): Promise<unknown> {
  const type = request.headers.get('content-type')?.split(';')[0]?.trim().toLowerCase()
  const bytes = await readBytes(request)
  // An empty body is not JSON, but a request that needs no body may send one.
  if (bytes.length === 0) return type === 'application/x-www-form-urlencoded' ? {} : null
  if (type !== 'application/json' && type !== 'application/x-www-form-urlencoded') throw new UnsupportedType()
  const charset = /;\s*charset\s*=\s*"?([^\s";]*)/i.exec(request.headers.get('content-type') ?? '')?.[1]
  if (charset && !/^utf-?8$/i.test(charset)) throw new UnsupportedType('Send the body in UTF-8.')
  const text = decode(bytes)
  if (type === 'application/x-www-form-urlencoded') return parseForm(text)
  if (!hasFewValues(text)) throw new BadRequest('The body has too many values.', 'body_many_values')
  const body = parse(text)
  if (!isSafeJson(body))
    throw new BadRequest('The body is nested too deeply or contains a forbidden key.', 'body_forbidden')
  return body
}

/** Reads the body, at most `BODY_BYTES`. @throws TooLarge */
function readBytes(request: Request): Promise<Uint8Array<ArrayBuffer>> {
  return collectBytes(request, { limit: BODY_BYTES, chunks: request.body ?? [] })
}

/** Reads the chunks of the body of a request, at most `limit` bytes. @throws TooLarge, and what `chunks` throws */
export async function collectBytes(
  request: Request,
  { limit, chunks }: { limit: number; chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array> },
): Promise<Uint8Array<ArrayBuffer>> {
  if (Number(request.headers.get('content-length') ?? 0) > limit) throw new TooLarge(limit)
  const collected: Uint8Array[] = []
  let size = 0
  for await (const chunk of chunks) {
    size += chunk.length
    if (size > limit) throw new TooLarge(limit)
    collected.push(chunk)
  }
  return Buffer.concat(collected)
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw new BadRequest('The body is not UTF-8.', 'body_not_utf8')
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new BadRequest('The body is not JSON.', 'body_not_json')
  }
}

/** Line breaks become those that were typed: a browser submits them as CR LF. */
function parseForm(text: string): unknown {
  if (!hasFewFields(text)) throw new BadRequest('The form has too many fields.', 'body_many_values')
  const fields = new URLSearchParams(text)
  return Object.fromEntries([...fields].map(([name, value]) => [name, value.replaceAll('\r\n', '\n')]))
}

/** Counts the separators, because parsing thousands of fields costs far more than this. */
function hasFewFields(text: string): boolean {
  let at = -1
  for (let fields = 0; fields < MAX_VALUES; fields++) {
    at = text.indexOf('&', at + 1)
    if (at === -1) return true
  }
  return false
}

/** Counts the brackets and commas outside of strings, because parsing thousands of values costs far more than this. */
function hasFewValues(text: string): boolean {
  let values = 0
  let isString = false
  for (let at = 0; at < text.length; at++) {
    const character = text[at]
    if (isString && character === '\\') at++
    else if (character === '"') isString = !isString
    else if (!isString && (character === '[' || character === '{' || character === ',')) values++
    if (values > MAX_VALUES) return false
  }
  return true
}

function isSafeJson(value: unknown, levels = MAX_JSON_DEPTH): boolean {
  if (typeof value !== 'object' || value === null) return true
  // Validation converts rejected values to text and would call a `toString` property of the body.
  if (levels === 0 || Object.hasOwn(value, 'toString')) return false
  return Object.values(value).every((inner) => isSafeJson(inner, levels - 1))
}
