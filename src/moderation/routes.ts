import { Elysia, t } from 'elysia'
import { paths } from '../../web/paths.ts'
import { auth } from '../accounts/sessions/auth.ts'
import { userView } from '../accounts/users/directory.ts'
import { BadCursor, Invalid } from '../http/errors.ts'
import { noContent } from '../http/responses.tsx'
import { CursorQuery, documentError, documentErrors, Limit, problems, UsernameParam } from '../http/schema.ts'
import type { Deps } from '../process/deps.ts'
import { REASON_LIMIT } from './limits.ts'
import { BlockPage, Report } from './schema.ts'
import { block, createReport, listBlocked, unblock } from './service.ts'

/** Blocking and reporting, as JSON. */
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
          tags: ['Blocking and reporting'],
          summary: 'List blocked people',
          description: 'Only you can see this list.',
          responses: { 400: documentError(new BadCursor()) },
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
          tags: ['Blocking and reporting'],
          summary: 'Block a person',
          description:
            'Neither of you can message the other any more. The person is not notified, but can find out: their messages are refused with `undeliverable`. Existing messages stay. Idempotent.',
          responses: {
            204: { description: 'Blocked.' },
            422: documentError(new Invalid({ username: 'block_self' }), 'You cannot block yourself.'),
          },
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
          tags: ['Blocking and reporting'],
          summary: 'Unblock a person',
          description: 'Idempotent.',
          responses: { 204: { description: 'The person is not blocked.' } },
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
        params: t.Object({ id: t.String({ description: '`id` of the message.', examples: ['17-42'] }) }),
        body: t.Object(
          {
            reason: t.String({
              description: `Trimmed; 1 to ${REASON_LIMIT.toLocaleString('en')} characters.`,
              examples: ['Spam.'],
            }),
          },
          { title: 'NewReport', description: 'The reason for a report.', additionalProperties: false },
        ),
        response: { 200: Report, 201: Report, ...problems(404, 422) },
        detail: {
          operationId: 'report',
          tags: ['Blocking and reporting'],
          summary: 'Report a message',
          description:
            'Administrators can then read the message and the messages around it. The sender is not notified.',
          responses: {
            200: { description: 'You reported this message before; this is that report.' },
            201: { description: 'Reported.' },
            422: documentErrors('A field is invalid, such as an empty reason, or the message is your own.', [
              new Invalid({ reason: 'reason_empty' }),
              new Invalid({ message: 'report_own' }),
            ]),
          },
        },
      },
    )
}
