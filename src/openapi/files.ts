import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { sha256 } from '../database/hash.ts'
import { chooseEncoding, matchesEtag } from '../http/negotiation.ts'

type Bytes = Uint8Array<ArrayBuffer>

/** A response body with a tag that changes with its content. */
export type File = { content: Bytes; type: string; tag: string; gzipped: () => Promise<Bytes> }

const compress = promisify(gzip)

export function fileOf(content: string | Bytes, type: string): File {
  const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content
  const tag = sha256(bytes).slice(0, 16)
  let gzipped: Promise<Bytes> | undefined
  return { content: bytes, type, tag, gzipped: () => (gzipped ??= compress(bytes, { level: 9 })) }
}

/** Responds with the file, or with 304. A URL with its tag, `?v=<tag>`, makes the response immutable. */
export async function serve({ content, type, tag, gzipped }: File, request: Request): Promise<Response> {
  const isVersioned = new URL(request.url).searchParams.get('v') === tag
  const opaque = `"${tag}"`
  const headers = {
    'content-type': type,
    'cache-control': isVersioned ? 'public, max-age=31536000, immutable' : 'no-cache',
    // Weak, because it is the same with and without compression (RFC 9110, 8.8.3).
    etag: `W/${opaque}`,
    vary: 'Accept-Encoding',
  }
  if (matchesEtag(request, opaque)) return new Response(null, { status: 304, headers })
  if (chooseEncoding(request, ['gzip', 'identity']) === 'identity') return new Response(content, { headers })
  return new Response(await gzipped(), { headers: { ...headers, 'content-encoding': 'gzip' } })
}
