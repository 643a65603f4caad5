import Negotiator from 'negotiator'

type Encoding = 'br' | 'gzip' | 'identity'

/** The best encodings first, for clients that accept several equally. */
const PREFERRED = { preferred: ['br', 'gzip', 'identity'] } satisfies { preferred: Encoding[] }

/** Its published types lack the second argument. */
type EncodingNegotiator = {
  encoding(available: readonly Encoding[], options: typeof PREFERRED): Encoding | undefined
}

/** Chooses one of the available encodings by `Accept-Encoding` (RFC 9110, 12.5.3); `identity` when none is acceptable. */
export function chooseEncoding(request: Request, available: readonly Encoding[]): Encoding {
  const headers = { 'accept-encoding': request.headers.get('accept-encoding') ?? '' }
  return (new Negotiator({ headers }) as EncodingNegotiator).encoding(available, PREFERRED) ?? 'identity'
}

/** Whether `If-None-Match` contains the entity tag, a quoted string: `*`, or a list of weak or strong tags (RFC 9110, 13.1.2). */
export function matchesEtag({ headers }: Request, etag: string): boolean {
  const condition = headers.get('if-none-match')?.trim() ?? ''
  if (condition === '*') return true
  return [...condition.matchAll(/(?:W\/)?("[^"]*")/g)].some(([, tag]) => tag === etag)
}
