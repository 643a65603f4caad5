import { Elysia, t } from 'elysia'
import { ReportPage, type ReportProps } from '../../web/chat/report.tsx'
import { paths } from '../../web/paths.ts'
import { BlockedPage } from '../../web/settings/blocked.tsx'
import { text } from '../../web/text/text.ts'
import { auth } from '../accounts/sessions/auth.ts'
import type { Me } from '../accounts/sessions/session.ts'
import { findConversation } from '../conversations/service.ts'
import { Invalid } from '../http/errors.ts'
import { page, seeOther } from '../http/responses.tsx'
import { UsernameParam } from '../http/schema.ts'
import { localizeDeleted, viewerOf } from '../http/viewer.ts'
import { listMessages } from '../messages/service.ts'
import type { Deps } from '../process/deps.ts'
import { block, createReport, listBlocked, unblock } from './service.ts'

/** People in a page of the list. */
const ROWS = 50
/** Messages on either side that one page to choose from looks at: few, so that the rest of the form is near. */
const CHOICES = 20

const Seq = t.Optional(t.Integer({ minimum: 1, maximum: 4_294_967_295 }))
const field = t.Optional(t.String({ maxLength: 10_000 }))

/** Being let alone, as pages and as the forms in them. */
export function moderationPages(deps: Deps) {
  return new Elysia({ detail: { hide: true } })
    .use(auth(deps))
    .post(
      '/chat/:username/block',
      async ({ me, request, params: { username } }) => {
        await block(deps, me, username)
        return seeOther(request, paths.chat(username))
      },
      { auth: true, params: UsernameParam },
    )
    .post(
      '/chat/:username/unblock',
      async ({ me, request, params: { username }, query }) => {
        await unblock(deps, me, username)
        return seeOther(request, query.next ?? paths.chat(username))
      },
      {
        auth: true,
        params: UsernameParam,
        query: t.Object({ next: t.Optional(t.Literal(paths.blocked)) }),
      },
    )
    .get(
      paths.blocked,
      async ({ me, request, query: { cursor } }) => {
        const reader = viewerOf(request, me)
        const people = await listBlocked(deps, me, { cursor, limit: ROWS })
        const { title } = text(reader.language).blocked
        return page(deps, { title, reader }, <BlockedPage people={people} reader={reader} />)
      },
      { auth: true, query: t.Object({ cursor: t.Optional(t.String({ maxLength: 1000 })) }) },
    )
    .get(
      '/chat/:username/report',
      ({ me, request, params: { username }, query }) =>
        showReport(request, me, username, { before: query.before, sent: query.sent === '1' }),
      {
        auth: true,
        params: UsernameParam,
        query: t.Object({ before: Seq, sent: t.Optional(t.Literal('1')) }),
      },
    )
    .post(
      '/chat/:username/report',
      async ({
        me,
        request,
        params: { username },
        query: { before },
        body: { message = '', reason = '' },
      }) => {
        try {
          if (!message) throw new Invalid({ message: 'pick_message' })
          await createReport(deps, me, { message, reason: reason.replaceAll('\r\n', '\n') })
          return seeOther(request, `${paths.report(username)}?sent=1`)
        } catch (error) {
          if (!(error instanceof Invalid)) throw error
          return showReport(request, me, username, { before, chosen: message, reason, errors: error.fields })
        }
      },
      {
        auth: true,
        params: UsernameParam,
        query: t.Object({ before: Seq }),
        body: t.Object({ message: field, reason: field }),
      },
    )

  async function showReport(
    request: Request,
    me: Me,
    username: string,
    { before, ...form }: Partial<ReportProps>,
  ): Promise<Response> {
    const reader = viewerOf(request, me)
    const person = localizeDeleted((await findConversation(deps, me.id, username)).person, reader)
    const { results, previous } = await listMessages(deps, me, username, { before, limit: CHOICES })
    const messages = results.filter(({ sender, deletedAt }) => sender !== me.username && !deletedAt).reverse()
    const props = { chosen: '', reason: '', errors: {}, sent: false, ...form }
    const { title } = text(reader.language).report
    return page(
      deps,
      { title, reader, status: form.errors ? 422 : 200 },
      <ReportPage {...props} {...{ person, messages, before, previous, reader }} />,
    )
  }
}
