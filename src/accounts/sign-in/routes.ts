import { type Context, Elysia, t } from 'elysia'
import { paths } from '../../../web/paths.ts'
import { signedInCookies } from '../../http/device-cookie.ts'
import { Invalid } from '../../http/errors.ts'
import { noContent } from '../../http/responses.tsx'
import { documentErrors, LOCATION, problems } from '../../http/schema.ts'
import type { Deps } from '../../process/deps.ts'
import { InvalidInvite } from '../invites/errors.ts'
import { auth, signInClient } from '../sessions/auth.ts'
import { signOut } from '../sessions/cookie.ts'
import { Session, SignedIn, type SignedInView } from '../sessions/schema.ts'
import { CodeRequired, PasskeyRequired, WrongCode } from '../two-factor/errors.ts'
import { WrongCredentials } from '../users/errors.ts'
import { Username } from '../users/schema.ts'
import { InviteRequired, SignUpClosed } from './errors.ts'
import { signIn, signUp } from './service.ts'

const Password = t.String({
  description: '8 to 200 characters.',
  examples: ['correct horse'],
})

const NewUser = t.Object(
  {
    // The pattern is checked by the service, which reports all invalid fields at once.
    username: t.String({
      description: `${Username.description} A name such as \`admin\` or \`support\` is reserved.`,
      examples: Username.examples,
    }),
    password: Password,
    displayName: t.Optional(
      t.String({
        description: 'At most 80 characters, at least one of them visible.',
        examples: ['Ada Lovelace'],
      }),
    ),
    email: t.Optional(
      t.String({
        description: 'For account recovery only. It is verified with a link sent by email.',
        examples: ['ada@example.org'],
      }),
    ),
    invite: t.Optional(
      t.String({
        maxLength: 100,
        description: 'The `token` in the link of an invite.',
        examples: ['mYVhHzC8lZ6RrJ1hCqk3y1gqz0i1oQb8Jx6H1d4vN2E'],
      }),
    ),
  },
  { title: 'NewUser', description: 'A new account.', additionalProperties: false },
)
const Credentials = t.Object(
  {
    username: t.String({ examples: ['ada'] }),
    password: Password,
    code: t.Optional(
      t.String({
        maxLength: 100,
        description: 'With two-factor authentication: a code from the authenticator app, or a recovery code.',
        examples: ['123456'],
      }),
    ),
  },
  {
    title: 'Credentials',
    description: 'Username and password.',
    additionalProperties: false,
  },
)

const setCookie = (description: string) => ({
  'Set-Cookie': { description, schema: { type: 'string' as const } },
})

/** Sign-up, sign-in and the current session, as JSON. */
export function signInRoutes(deps: Deps) {
  const signedIn = (view: SignedInView, { request, set }: Pick<Context, 'request' | 'set'>) => {
    set.headers['set-cookie'] = signedInCookies(deps, request, view)
    return view
  }
  return new Elysia()
    .use(auth(deps))
    .post(
      paths.api.users,
      async ({ request, client, viewer: { language }, body, set, status }) => {
        const device = await signInClient(deps, request, client)
        const view = signedIn(await signUp(deps, device, { ...body, language }), { request, set })
        set.headers.location = paths.api.user(view.user.username)
        return status(201, view)
      },
      {
        body: NewUser,
        response: { 201: SignedIn, ...problems(403, 422, 429) },
        detail: {
          operationId: 'signUp',
          tags: ['Accounts'],
          summary: 'Sign up',
          description:
            'Creates an account and signs in; the response also sets the session cookie. 422 lists each invalid field, such as a username that is `taken`. With an `invite`, you and the inviter see each other at the top of the conversations. 429 after 60 new accounts from one network.',
          security: [],
          responses: {
            201: {
              description: 'Created and signed in.',
              headers: { ...setCookie('The session cookie.'), ...LOCATION },
            },
            403: documentErrors('Sign-up is closed, or needs an invite.', [
              new SignUpClosed(),
              new InviteRequired(),
            ]),
            422: documentErrors('A field is invalid, such as a username that is taken or a short password.', [
              new Invalid({ username: 'taken' }),
              new InvalidInvite(),
              new Invalid({ username: 'username', password: 'password_short' }),
            ]),
          },
        },
      },
    )
    .post(
      paths.api.session,
      async ({ request, client, body, set }) =>
        signedIn(await signIn(deps, await signInClient(deps, request, client), body), { request, set }),
      {
        body: Credentials,
        response: { 200: SignedIn, ...problems(401, 422, 429) },
        detail: {
          operationId: 'signIn',
          tags: ['Accounts'],
          summary: 'Sign in',
          description:
            'Ends the session of the cookie that the request has. An unknown username and a wrong password get the same response, 401. With two-factor authentication on, the correct password without a `code` gets 401 with the error code `second_factor`, and a wrong `code` gets `code_wrong`; each code is valid once. 429 after ten failed attempts for one username from one network, 50 from all, 20 a minute for any username, ten wrong codes, or 60 password checks a minute, right or wrong. A client that keeps the `device` cookie of an earlier sign-in has limits of its own.',
          security: [],
          responses: {
            200: { description: 'Signed in.', headers: setCookie('The session cookie.') },
            401: documentErrors(
              'The username or password is wrong. With two-factor authentication, the code is missing or wrong.',
              [new WrongCredentials(), new CodeRequired(0), new WrongCode(), new PasskeyRequired()],
            ),
          },
        },
      },
    )
    .get(
      paths.api.session,
      ({ me: { username, displayName, email, role, session } }) => ({
        user: { username, displayName, email, role },
        expiresAt: session.expiresAt.toISOString(),
      }),
      {
        auth: true,
        response: { 200: Session },
        detail: {
          operationId: 'getSession',
          tags: ['Accounts'],
          summary: 'Get the current session',
          description: 'The signed-in account, and when the session expires.',
        },
      },
    )
    .delete(paths.api.session, async ({ me, request }) => noContent(await signOut(deps, request, me)), {
      auth: true,
      response: { 204: t.Undefined() },
      detail: {
        operationId: 'signOut',
        tags: ['Accounts'],
        summary: 'Sign out',
        description: 'Ends this session only. Its token is no longer valid. An API token revokes itself.',
        responses: {
          204: {
            description: 'Ended; its live connections are closed.',
            headers: setCookie('Removes the session cookie.'),
          },
        },
      },
    })
}
