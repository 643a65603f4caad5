import { Elysia, t } from 'elysia'
import { paths } from '../../../web/paths.ts'
import { noContent } from '../../http/responses.tsx'
import { CursorQuery, Limit, problems, UsernameParam } from '../../http/schema.ts'
import type { Deps } from '../../process/deps.ts'
import { Session, SignedIn, type SignedInView, User, Username, UserPage } from '../schema.ts'
import { auth, expiredSessionCookie, sessionCookie } from '../sessions/auth.ts'
import { revokeSession } from '../sessions/session.ts'
import { getPerson, listPeople, userView } from '../users/directory.ts'
import { signIn, signUp } from './service.ts'

const Password = t.String({
  description: '8 to 200 characters.',
  examples: ['correct horse'],
})

const NewUser = t.Object(
  {
    // Its form is checked with the rest, so that everything that is wrong is said at once.
    username: t.String({ description: Username.description!, examples: Username.examples }),
    password: Password,
    displayName: t.Optional(t.String({ description: 'At most 80 characters.', examples: ['Ada Lovelace'] })),
    email: t.Optional(
      t.String({
        description:
          'Only for getting back in. A link is mailed there; the address is yours once it was opened.',
        examples: ['ada@example.org'],
      }),
    ),
  },
  { title: 'NewUser', description: 'What a new account begins with.', additionalProperties: false },
)
const Credentials = t.Object(
  {
    username: t.String({ examples: ['ada'] }),
    password: Password,
    code: t.Optional(
      t.String({
        maxLength: 100,
        description: 'With the second step on: what the authenticator app shows, or a recovery code.',
        examples: ['123456'],
      }),
    ),
  },
  {
    title: 'Credentials',
    description: 'A name, and the word that goes with it.',
    additionalProperties: false,
  },
)

const setCookie = (description: string) => ({
  'Set-Cookie': { description, schema: { type: 'string' as const } },
})

/** Accounts, sessions and people, as JSON. */
export function accountRoutes(deps: Deps) {
  const signedIn = (view: SignedInView, headers: Record<string, string | number>) => {
    headers['set-cookie'] = sessionCookie(deps, view.token, new Date(view.expiresAt))
    return view
  }
  return new Elysia()
    .use(auth(deps))
    .post(
      paths.api.users,
      async ({ client, viewer: { language }, body, set, status }) =>
        status(201, signedIn(await signUp(deps, client, { ...body, language }), set.headers)),
      {
        body: NewUser,
        response: { 201: SignedIn, ...problems(422, 429) },
        detail: {
          operationId: 'signUp',
          tags: ['Accounts'],
          summary: 'Sign up',
          description:
            'Makes an account and signs it in; the answer also sets the session cookie. 422 names each field that cannot be accepted, such as a username that is `taken`; 429 after sixty new accounts from one address.',
          security: [],
          responses: {
            201: { description: 'Signed up, and signed in.', headers: setCookie('The session cookie.') },
          },
        },
      },
    )
    .post(
      paths.api.session,
      async ({ client, body, set }) => signedIn(await signIn(deps, client, body), set.headers),
      {
        body: Credentials,
        response: { 200: SignedIn, ...problems(401, 422, 429) },
        detail: {
          operationId: 'signIn',
          tags: ['Accounts'],
          summary: 'Sign in',
          description:
            'A wrong name and a wrong password get the same answer, 401. With the second step on, the right password without a `code` gets 401 with the error code `second_factor`, and a wrong `code` gets `code_wrong`; each counts once. After ten wrong tries for one name from one address, or ten wrong codes: 429 with Retry-After.',
          security: [],
          responses: {
            200: { description: 'Signed in.', headers: setCookie('The session cookie.') },
            401: { description: 'The username or the password is wrong, or it takes a code.' },
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
          summary: 'Who am I?',
          description: 'The account that the token or cookie speaks for, and until when it does.',
        },
      },
    )
    .delete(
      paths.api.session,
      async ({ me }) => {
        await revokeSession(deps, me.session)
        return noContent({ 'set-cookie': expiredSessionCookie(deps) })
      },
      {
        auth: true,
        response: { 204: t.Undefined() },
        detail: {
          operationId: 'signOut',
          tags: ['Accounts'],
          summary: 'Sign out',
          description: 'Ends this session and no other; its token is worth nothing from now on.',
          responses: {
            204: {
              description: 'Signed out; its live connections are closed.',
              headers: setCookie('Takes the session cookie away.'),
            },
          },
        },
      },
    )
    .get(
      paths.api.users,
      async ({ me, query }) => {
        const { results, next } = await listPeople(deps, me.id, { ...query, limit: query.limit ?? 50 })
        return { results: results.map(userView), next }
      },
      {
        auth: true,
        query: t.Object({
          search: t.Optional(
            t.String({
              maxLength: 200,
              description: 'Start of a username, or of any word of a display name.',
              examples: ['love'],
            }),
          ),
          cursor: CursorQuery,
          limit: Limit,
        }),
        response: { 200: UserPage, ...problems(400, 422) },
        detail: {
          operationId: 'listUsers',
          tags: ['People'],
          summary: 'Everybody but you',
          description: 'By username; with `search`, by the word that was found.',
          responses: { 400: { description: 'The cursor is not one that this list gave.' } },
        },
      },
    )
    .get(
      `${paths.api.users}/:username`,
      async ({ params }) => userView(await getPerson(deps, params.username)),
      {
        auth: true,
        params: UsernameParam,
        response: { 200: User, ...problems(404) },
        detail: {
          operationId: 'getUser',
          tags: ['People'],
          summary: 'One person',
          description: 'Anybody with an account, you too.',
        },
      },
    )
}
