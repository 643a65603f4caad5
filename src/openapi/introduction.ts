import type { ElysiaSwaggerConfig } from '@elysiajs/swagger'
import manifest from '../../package.json' with { type: 'json' }
import { cookieName } from '../accounts/sessions/auth.ts'
import { BODY_BYTES } from '../http/request-body.ts'
import { BODY_LIMIT } from '../messages/limits.ts'
import type { Config } from '../process/config.ts'

/** What stands in the document beside the operations. */
export function apiInfo(config: Pick<Config, 'origin'>): NonNullable<ElysiaSwaggerConfig['documentation']> {
  return {
    info: {
      title: 'ChatApp',
      version: manifest.version,
      description: GUIDE,
      license: { name: manifest.license, url: 'https://opensource.org/license/mit' },
    },
    servers: [{ url: '/', description: 'Where this document comes from.' }],
    tags: [
      { name: 'Accounts', description: 'Sign up, sign in, sign out.' },
      { name: 'Settings', description: 'Your account, in your hands.' },
      { name: 'People', description: 'Whom you can write to: everybody with an account.' },
      { name: 'Conversations', description: 'The one thread between you and each other person.' },
      {
        name: 'Messages',
        description: 'What was said. Nothing acknowledged is ever lost, and nothing lands twice.',
      },
      { name: 'Being let alone', description: 'Block people, and report what they wrote.' },
      { name: 'Administration', description: 'For administrators who signed in: no API token does this.' },
      { name: 'Live', description: 'To be told at once.' },
      { name: 'Health', description: 'For those who run it.' },
    ],
    components: {
      securitySchemes: {
        bearer: {
          type: 'http',
          scheme: 'bearer',
          bearerFormat: 'JWT',
          description: 'The `token` of a sign-up or sign-in, for programs.',
        },
        cookie: {
          type: 'apiKey',
          in: 'cookie',
          name: cookieName(config),
          description: 'The same token as a cookie, for browsers: signing in sets it.',
        },
      },
    },
  }
}

const GUIDE = `
Sign in, pick a person, write: what ChatApp's own pages do with people and messages, a program can do with this API.

## Signing in
\`POST /api/v1/users\` makes an account and \`POST /api/v1/session\` signs in to one. Both answer with a \`token\`, and set it
as a cookie. A program sends it as \`Authorization: Bearer <token>\`; a browser sends the cookie by itself. It is good
until \`expiresAt\`, or until \`DELETE /api/v1/session\`; a browser in use gets a later cookie by itself. A script gets a
token of its own, with a name and an end, by \`POST /api/v1/tokens\`: it does what you do with people and messages, and is
refused with 403 what decides about your account: email, password, passkeys, second step, sessions, tokens, settings, picture,
export and deletion. With the second step on, signing in takes a \`code\` beside the password: without one the right password
gets 401 with the error code \`second_factor\`. What another site makes a browser send is refused with 403.

## Names and IDs
People go by \`username\`, whatever its case. A conversation has no name of its own: it is named by the other person, and by
yourself for notes. In it, \`seq\` is a message's place: 1, 2, 3 … with no gaps, the same for both people. A message's \`id\` is
opaque: keep it and compare it, no more. Times are UTC, with milliseconds. What is none of your business looks just like what is not there: 404.

## Pages
Lists of people and conversations answer \`{results, next}\`: pass \`next\` as \`cursor\` until it is null. Messages are paged by
place: pass \`previous\` as \`before\` for earlier ones, \`next\` as \`after\` for later ones. \`limit\` is at most 100.

## Errors
Every error is \`application/problem+json\` (RFC 9457). \`status\` and, for a field, \`code\` are for programs; \`detail\` and
\`message\` are for people. Nothing that was sent is repeated. A body is a JSON object of at most ${BODY_BYTES / 1024} KiB in UTF-8, and a
key that is not described is refused with 422. With 429 and 503, wait for the seconds in \`Retry-After\`. Every answer has an
\`X-Request-Id\`, which a problem repeats as \`requestId\`: the server's log knows the request by it. Send your own, 8 to 64
letters, digits and \`._-\`, and it is kept.

## Sending once
A body is trimmed and has 1 to ${BODY_LIMIT.toLocaleString('en')} characters. An answer of 2xx means: stored for good. Give each message a \`clientId\`, such as
a UUID, and send it again until there is an answer: 201 is the first time, 200 says that it was there already, and 409 that
the same \`clientId\` named another text.

## Live, and catching up
\`GET /api/v1/events\` tells at once that something changed, never what: nothing is lost with an event that gets lost. There is
one way to be up to date, at the first start, after every break, and now:

1. Connect, and wait for \`ready\`.
2. \`GET /api/v1/conversations\`: those with a \`version\` above the one you hold have changed.
3. For each of them \`GET …/changes?since=<the version you hold>\`, 0 at first. Put the messages in by \`seq\`, each in place of the
   one before, and keep \`version\`. Again while \`more\` is true.
4. A \`message\` event with a higher \`version\` asks for step 3, another \`ready\` for steps 2 and 3. An event that comes during
   either asks for it once more.
`.trim()
