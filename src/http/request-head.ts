import { AppError, BadRequest } from './errors.ts'

/** Maximum bytes of a request's headers, and of its URL. Browsers send the cookies of all apps on a host. */
const HEAD_BYTES = 16 * 1024

/** Maximum bytes for the HTTP parser, whose refusal has no body. Larger, so that a page can tell how to go on. */
export const PARSER_HEAD_BYTES = 8 * HEAD_BYTES

/**
 * Refuses a request with several `Host` headers (RFC 9112, 3.2), with large headers (RFC 6585, 5) or with a long URL.
 * @throws BadRequest, HeadTooLarge
 */
export function checkHead({ headers, url }: Request): void {
  // The runtime joins headers of the same name.
  if (headers.get('host')?.includes(',')) throw new BadRequest('There are several Host headers.')
  if (url.length > HEAD_BYTES) throw new HeadTooLarge(414, 'URL')
  let size = 0
  headers.forEach((value, name) => {
    size += name.length + value.length
  })
  if (size > HEAD_BYTES) throw new HeadTooLarge(431, 'header')
}

/** The URL or the headers are too long, so they are not evaluated. */
export class HeadTooLarge extends AppError {
  constructor(status: 414 | 431, part: string) {
    super(status, `The ${part} of a request has at most ${HEAD_BYTES} bytes.`)
  }
}
