import type { ElysiaSwaggerConfig } from '@elysiajs/swagger'
import manifest from '../../package.json' with { type: 'json' }
import { cookieNames } from '../http/cookies.ts'
import { BODY_BYTES } from '../http/request-body.ts'
import { BODY_LIMIT } from '../messages/limits.ts'
import type { Config } from '../process/config.ts'

/** The parts of the document other than the operations: title, guide, tags and security schemes. */
export function apiInfo(config: Pick<Config, 'origin'>): NonNullable<ElysiaSwaggerConfig['documentation']> {
  return {
    info: {
      title: 'ChatApp API',
      version: manifest.version,
      description: GUIDE,
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
        bearer: {
          type: 'http',
          scheme: 'bearer',
          bearerFormat: 'JWT',
          description: 'The `token` from sign-up or sign-in, or an API token.',
        },
        cookie: {
          type: 'apiKey',
          in: 'cookie',
          name: cookieNames(config).session,
          description:
            'The same token as a cookie, set by signing in. For browsers. Over HTTP, its name ends in the port.',
        },
      },
    },
  }
}

const GUIDE = `
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
account gets 403: settings, picture, email address, password, passkeys, two-factor authentication, sessions, API tokens, export
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
Every error is \`application/problem+json\` (RFC 9457). \`status\` and the \`code\` of a field are for programs; \`detail\` and
\`message\` are for people. Errors never contain request data. A request body is a JSON object of at most ${BODY_BYTES / 1024} KiB in
UTF-8; unknown fields get 422. After 429 and 503, retry after the seconds in \`Retry-After\`. Every response has an
\`X-Request-Id\` header, which is \`requestId\` in an error and identifies the request in the server log. You can send your own: 8
to 64 letters, digits and \`._-\`.

## Idempotent sending
A message body is trimmed and has 1 to ${BODY_LIMIT.toLocaleString('en')} characters. A 2xx response means that the message is stored. Give each message a
\`clientId\`, such as a UUID, and retry until there is a response: 201 for the first request, 200 for a repeated one, and 409 when
the \`clientId\` was used for another text.

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
`.trim()
