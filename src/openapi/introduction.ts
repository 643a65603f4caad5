import type { ElysiaSwaggerConfig } from '@elysiajs/swagger'
import manifest from '../../package.json' with { type: 'json' }
import { errorText, text } from '../../web/text/text.ts'
import { cookieNames } from '../http/cookies.ts'
import type { FieldCode } from '../http/errors.ts'
import { PROBLEM_CODES } from '../http/problem-codes.ts'
import { BODY_BYTES } from '../http/request-body.ts'
import { BODY_LIMIT } from '../messages/limits.ts'
import type { Config } from '../process/config.ts'

/** The parts of the document other than the operations: title, guide, tags and security schemes. */
export function apiInfo(config: Pick<Config, 'origin'>): NonNullable<ElysiaSwaggerConfig['documentation']> {
  return {
    info: {
      title: 'ChatApp API',
      version: manifest.version,
      description: GUIDE(),
      license: { name: manifest.license, url: 'https://opensource.org/license/mit' },
    },
    servers: [{ url: '/', description: 'This server.' }],
    tags: [
      {
        name: 'Accounts',
        description: 'Sign up, sign in, sign out, reset a password, verify an email address.',
      },
      {
        name: 'Settings',
        description:
          'Your account: name, picture, email address, password, passkeys, two-factor authentication, sessions, API tokens and data.',
      },
      { name: 'People', description: 'The people you can message.' },
      { name: 'Conversations', description: 'Your conversations, one for each other person.' },
      {
        name: 'Messages',
        description:
          'Sending and reading messages. An acknowledged message is never lost, and a retried one is stored once.',
      },
      { name: 'Blocking and reporting', description: 'Block people, and report their messages.' },
      { name: 'Administration', description: 'For signed-in administrators. API tokens have no access.' },
      { name: 'Live', description: 'Real-time events.' },
      { name: 'Health', description: 'Health checks for operators.' },
    ],
    components: {
      securitySchemes: {
        apiToken: {
          type: 'http',
          scheme: 'bearer',
          description: 'An API token. For scripts.',
        },
        session: {
          type: 'http',
          scheme: 'bearer',
          bearerFormat: 'JWT',
          description: 'The `token` of a session, from sign-up or sign-in.',
        },
        cookie: {
          type: 'apiKey',
          in: 'cookie',
          name: cookieNames(config).session,
          description:
            'The token of a session as a cookie, set by signing in. For browsers. Over HTTP, its name ends in the port.',
        },
        administrator: {
          type: 'http',
          scheme: 'bearer',
          bearerFormat: 'JWT',
          description: "The `token` of an administrator's session.",
        },
        administratorCookie: {
          type: 'apiKey',
          in: 'cookie',
          name: cookieNames(config).session,
          description: "The cookie of an administrator's session.",
        },
      },
    },
  }
}

const GUIDE = () =>
  `
This API lets programs do what ChatApp's pages do: sign in, find people, send and read messages.

## Authentication
\`POST /api/v1/users\` creates an account, and \`POST /api/v1/session\` signs in. Both return a \`token\` and set it as a cookie.
API clients send it as \`Authorization: Bearer <token>\`; browsers send the cookie. The token is valid until \`expiresAt\` or until
\`DELETE /api/v1/session\`; a browser's cookie is renewed while in use. For scripts, create an API token with
\`POST /api/v1/tokens\`, with your password. With two-factor authentication on, signing in needs a \`code\` with the password: without it, the correct
password gets 401 with the error code \`second_factor\`. Changes of the account need the \`code\`, too. Where the operator requires a second
factor, users without one get 403 with the error code \`two_factor_required\`, also with API tokens, until they turn on two-factor
authentication or add a passkey. Cross-site browser requests get 403.

An API token can list people, read conversations, send messages, move read marks, block, unblock and report people, receive live
events, and read the settings and its session. \`DELETE /api/v1/session\` revokes the token itself. Every request that manages the
account gets 403: changing the settings, picture, email address, password, passkeys, two-factor authentication, sessions, API tokens, export
and deletion; so do the requests of administrators.

## Names and IDs
People are identified by \`username\`, which is case-insensitive. A conversation is identified by the other person's username, or by
your own for notes to yourself. In a conversation, \`seq\` is the position of a message: 1, 2, 3 … without gaps, the same for both
people. A message's \`id\` is opaque. Times are UTC with milliseconds. Resources that are not visible to you return 404, as if they
did not exist.

## Pagination
Lists return \`{results, next}\`: pass \`next\` as \`cursor\` until it is null. Messages are paged by position: pass \`previous\` as
\`before\` for earlier messages, and \`next\` as \`after\` for later ones. \`limit\` is at most 100.

## Errors
Every error is \`application/problem+json\` (RFC 9457). \`status\`, \`code\` and the \`code\` of a field are for programs; \`detail\` and
\`message\` are for people. \`type\` is \`urn:chatapp:problem:\` and the \`code\`. All codes are listed at the end. Errors never contain request data. A request body is a JSON object of at most ${BODY_BYTES / 1024} KiB in
UTF-8; unknown fields get 422. After 429 and 503, retry after the seconds in \`Retry-After\`. Every response has an
\`X-Request-Id\` header, which is \`requestId\` in an error and identifies the request in the server log. You can send your own: 8
to 64 letters, digits and \`._-\`.

A 401 without a token has \`WWW-Authenticate: Bearer\`; with a token that is not valid, it has \`error="invalid_token"\`, and a 403 for an
API token has \`error="insufficient_scope"\` (RFC 6750).

## Requests
Send a body as \`application/json\`, in UTF-8. Send each query parameter once, numbers in decimal digits, and times with an offset, such
as \`2026-11-23T08:15:30Z\`. Anything else is 422 and names the parameter. Another method of a path is 405 with \`Allow\`. A response to
GET has a weak \`ETag\`; send it as \`If-None-Match\` to get 304 while nothing has changed.

## Limits
A user can make 3,000 requests and send 600 messages a minute, and have 20 live connections; requests without a token count by address.
Sign-up, sign-in, reports, pictures and exports have limits of their own, which their operations describe. The header
\`RateLimit\` tells what remains of the first two, such as \`"request";r=2999;t=60, "send";r=599;t=60\`: so many for so many seconds. Above
a limit, the response is 429 with \`Retry-After\` and \`RateLimit\`. A repeated send under a known \`clientId\` does not count.

## Versions
Version 1 may gain operations, optional parameters and fields, response fields, headers, event types, error codes and values of strings:
ignore what you do not know. It will not lose or rename any of them, nor make a limit stricter than documented. An operation that is
going to be removed is first marked \`deprecated\`, and its responses get the headers \`Deprecation\` (RFC 9745) and \`Sunset\` (RFC 8594)
at least six months before.

## Idempotent sending
A message body is trimmed and has 1 to ${BODY_LIMIT.toLocaleString('en')} characters. A 2xx response means that the message is stored. Give each message a
\`clientId\`, such as a UUID, and retry until there is a response: 201 for the first request, 200 for a repeated one, and 409 when
the \`clientId\` was used for another text. The header \`Idempotency-Key\` is accepted for \`clientId\`.

## Events and synchronization
\`GET /api/v1/events\` reports that something changed, without the data, so a lost event loses no data. Synchronize in the same way at the start,
after every reconnect, and on every event:

1. Connect, and wait for \`ready\`.
2. \`GET /api/v1/conversations\`: a conversation with a higher \`version\` than the one you have has changed.
3. For each of them, \`GET …/changes?since=<the version you have>\`, 0 at first. Store the messages by \`seq\`, replacing those you
   have, and keep \`version\`. Repeat while \`more\` is true.
4. On a \`message\` event with a higher \`version\`, do step 3; on another \`ready\`, do steps 2 and 3. If an event arrives during a
   step, do that step once more.

With several database nodes, the one that answers may lag behind the event. \`changes\` then ends at a lower \`version\`, or is 422 with
the code \`unknown_version\`: repeat it after 50 ms, then ever less often.

## Error codes
${codeTable(Object.entries(PROBLEM_CODES))}

The \`code\` of an invalid field is one of these. An error of another status than 422 that concerns one field has the code of that field.

${codeTable(fieldCodes())}
`.trim()

function codeTable(rows: readonly (readonly [string, string])[]): string {
  return ['| code | meaning |', '|---|---|', ...rows.map(([code, text]) => `| \`${code}\` | ${text} |`)].join(
    '\n',
  )
}

/** The codes of fields with their texts in English. */
function fieldCodes(): [string, string][] {
  return (Object.keys(text('en').errors) as FieldCode[])
    .sort()
    .map((code) => [code, code === 'too_many' ? errorText('en', code, 15) : errorText('en', code)])
}
