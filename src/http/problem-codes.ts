/** The `code` of each error of the API, and what it means. A code never changes its meaning; new ones may be added. */
export const PROBLEM_CODES = {
  bad_request: 'The request could not be read.',
  body_not_json: 'The body is not JSON.',
  body_not_utf8: 'The body is not UTF-8.',
  body_forbidden: 'The body is nested too deeply or contains a forbidden key.',
  body_many_values: 'The body has more than 500 values.',
  body_missing: 'The body is empty.',
  bad_cursor: 'The cursor does not belong to this list.',
  before_and_after: 'Both `before` and `after` were sent.',
  not_a_handshake: 'The request is not a WebSocket handshake.',
  unauthenticated: 'The request has no token.',
  invalid_token: 'The token is unknown, has expired or was revoked.',
  invalid_logout_token: 'The logout token of the OpenID provider is invalid, has expired or was used before.',
  forbidden: 'The request is not allowed.',
  cross_site: 'A browser sent the request from another site.',
  token_forbidden: 'API tokens cannot do this.',
  admin_required: 'Only administrators can do this.',
  not_found: 'There is no such resource, or you may not see it.',
  method_not_allowed: 'The path exists, but not for this method. `Allow` lists the methods.',
  conflict: 'The request conflicts with the current state.',
  client_id_reused: 'The `clientId` was used for another text.',
  account_deleted: 'The account was deleted by its owner.',
  account_disabled: 'The account is disabled.',
  own_two_factor: 'Administrators turn off their own two-factor authentication in their settings.',
  report_closed: 'The report was closed with another decision.',
  body_too_large: 'The body is larger than the limit.',
  unsupported_type: 'The content type or the encoding of the body is not supported.',
  invalid_fields: '`errors` lists the invalid fields.',
  too_many_requests: 'A limit is reached. `Retry-After` is the number of seconds to wait.',
  too_many_connections: 'The user has too many live connections.',
  internal: 'The server failed. The error is in its log.',
  not_supported: 'This server does not support the operation.',
  unavailable: 'The database is not available. `Retry-After` is the number of seconds to wait.',
} as const
export type ProblemCode = keyof typeof PROBLEM_CODES

const BY_STATUS: Record<number, ProblemCode> = {
  400: 'bad_request',
  401: 'unauthenticated',
  403: 'forbidden',
  404: 'not_found',
  405: 'method_not_allowed',
  409: 'conflict',
  413: 'body_too_large',
  415: 'unsupported_type',
  422: 'invalid_fields',
  429: 'too_many_requests',
  500: 'internal',
  501: 'not_supported',
  503: 'unavailable',
}

/** The code of an error that has none of its own. */
export function codeOfStatus(status: number): ProblemCode {
  return BY_STATUS[status] ?? (status < 500 ? 'bad_request' : 'internal')
}

/** The `type` of a problem (RFC 9457, 3.1.1): stable, and not an address to open. */
export function problemType(code: string): string {
  return `urn:chatapp:problem:${code}`
}
