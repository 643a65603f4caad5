import { STATUS_CODES } from 'node:http'
import { errorText } from '../web/text.ts'
import { type AppError, Invalid } from './errors.ts'

/** An error as `application/problem+json` (RFC 9457), in English. What is no AppError says nothing of itself. */
export function problem(error: AppError): Response {
  const { status, detail, headers } = error
  const body = {
    type: 'about:blank',
    title: STATUS_CODES[status] ?? 'Error',
    status,
    detail,
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
