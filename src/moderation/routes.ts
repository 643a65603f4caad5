import { Elysia, t } from 'elysia'
import { paths } from '../../web/paths.ts'
import { auth } from '../accounts/sessions/auth.ts'
import { userView } from '../accounts/users/directory.ts'
import { noContent } from '../http/responses.tsx'
import { CursorQuery, Limit, problems, UsernameParam } from '../http/schema.ts'
import type { Deps } from '../process/deps.ts'
import { BlockPage, Report } from './schema.ts'
import { block, createReport, listBlocked, unblock } from './service.ts'

/** Being let alone, as JSON. */
export function moderationRoutes(deps: Deps) {
  return new Elysia()
    .use(auth(deps))
    .get(
      paths.api.blocks,
      async ({ me, query }) => {
        const { results, next } = await listBlocked(deps, me, { ...query, limit: query.limit ?? 50 })
        return { results: results.map(userView), next }
      },
      {
        auth: true,
        query: t.Object({ cursor: CursorQuery, limit: Limit }),
        response: { 200: BlockPage, ...problems(400, 422) },
        detail: {
          operationId: 'listBlocks',
          tags: ['Being let alone'],
          summary: 'Whom you have blocked',
          description: 'Nobody else can read this.',
          responses: { 400: { description: 'The cursor is not one that this list gave.' } },
        },
      },
    )
    .put(
      `${paths.api.blocks}/:username`,
      async ({ me, params }) => {
        await block(deps, me, params.username)
        return noContent()
      },
      {
        auth: true,
        params: UsernameParam,
        response: { 204: t.Undefined(), ...problems(404, 422) },
        detail: {
          operationId: 'block',
          tags: ['Being let alone'],
          summary: 'Block somebody',
          description:
            'From now on neither of you can write to the other. They are not told; what was said stays. Repeating it does no harm.',
          responses: { 204: { description: 'Blocked.' } },
        },
      },
    )
    .delete(
      `${paths.api.blocks}/:username`,
      async ({ me, params }) => {
        await unblock(deps, me, params.username)
        return noContent()
      },
      {
        auth: true,
        params: UsernameParam,
        response: { 204: t.Undefined(), ...problems(404) },
        detail: {
          operationId: 'unblock',
          tags: ['Being let alone'],
          summary: 'Let somebody write again',
          description: 'Repeating it does no harm.',
          responses: { 204: { description: 'Not blocked by you (any more).' } },
        },
      },
    )
    .post(
      `${paths.api.root}/messages/:id/reports`,
      async ({ me, params, body, status }) => {
        const { report: view, created } = await createReport(deps, me, { message: params.id, ...body })
        return created ? status(201, view) : status(200, view)
      },
      {
        auth: true,
        params: t.Object({ id: t.String({ examples: ['17-42'] }) }),
        body: t.Object(
          {
            reason: t.String({
              description: 'Trimmed; 1 to 1,000 characters.',
              examples: ['He keeps sending this to everybody.'],
            }),
          },
          { title: 'NewReport', description: 'Why somebody should look at it.', additionalProperties: false },
        ),
        response: { 200: Report, 201: Report, ...problems(404, 422) },
        detail: {
          operationId: 'report',
          tags: ['Being let alone'],
          summary: 'Report a message to the administrators',
          description: 'They then see the message and its neighbours. The sender is not told.',
          responses: {
            200: { description: 'You had reported it already; this is that report.' },
            201: { description: 'Reported.' },
          },
        },
      },
    )
}
