import { Elysia, t } from 'elysia'
import { paths } from '../../../web/paths.ts'
import { BadCursor } from '../../http/errors.ts'
import { CursorQuery, documentError, Limit, problems, UsernameParam } from '../../http/schema.ts'
import type { Deps } from '../../process/deps.ts'
import { auth } from '../sessions/auth.ts'
import { getPerson, listPeople, userView } from './directory.ts'
import { User, UserPage } from './schema.ts'

/** The users of this server, as JSON. */
export function userRoutes(deps: Deps) {
  return new Elysia()
    .use(auth(deps))
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
              description:
                'The beginning of a username or of a word of a display name. If the operator has set `DIRECTORY=exact`: the whole username, except for people you have a conversation with.',
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
          summary: 'List people',
          description:
            'Everyone except you, ordered by username, or with `search` by the matching word. If the operator has set `DIRECTORY=exact`, only people you have a conversation with or share an invite with, and the person whose whole username is searched.',
          responses: { 400: documentError(new BadCursor()) },
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
          summary: 'Get a person',
          description: 'Any user, including yourself.',
        },
      },
    )
}
