import { Elysia, t } from 'elysia'
import { ReportPage, type ReportProps } from '../../web/chat/report.tsx'
import { paths } from '../../web/paths.ts'
import { BlockedPage } from '../../web/settings/blocked.tsx'
import { text } from '../../web/text/text.ts'
import type { Viewer } from '../accounts/profile/schema.ts'
import { auth } from '../accounts/sessions/auth.ts'
import type { Me } from '../accounts/sessions/session.ts'
import { findConversation } from '../conversations/lookup.ts'
import { Invalid } from '../http/errors.ts'
import { formRenderer } from '../http/request-context.ts'
import { page, seeOther } from '../http/responses.tsx'
import { CursorQuery, FormField, PageQuery, UsernameParam } from '../http/schema.ts'
import { localizeDeleted } from '../http/viewer.ts'
import { listMessages } from '../messages/history.ts'
import type { Deps } from '../process/deps.ts'
import { block, createReport, listBlocked, unblock } from './service.ts'

/** People per page of the list. */
const ROWS = 50
/** Messages that one page of the report form loads: few, so that the rest of the form stays near. */
const CHOICES = 20

const Seq = t.Optional(t.Integer({ minimum: 1, maximum: 4_294_967_295 }))

/** The pages to block people and to report messages. */
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
        query: PageQuery({ next: t.Optional(t.Literal(paths.blocked)) }),
      },
    )
    .get(
      paths.blocked,
      async ({ me, viewer, query: { cursor } }) => {
        const people = await listBlocked(deps, me, { cursor, limit: ROWS })
        const { title } = text(viewer.language).blocked
        return page(deps, { title, viewer }, <BlockedPage people={people} />)
      },
      { auth: true, query: PageQuery({ cursor: CursorQuery }) },
    )
    .get(
      '/chat/:username/report',
      ({ me, viewer, params: { username }, query }) =>
        showReport({ me, viewer }, username, { before: query.before, sent: query.sent === '1' }),
      {
        auth: true,
        params: UsernameParam,
        query: PageQuery({ before: Seq, sent: t.Optional(t.Literal('1')) }),
      },
    )
    .post(
      '/chat/:username/report',
      async ({ me, request, params: { username }, body: { message = '', reason = '' } }) => {
        if (!message) throw new Invalid({ message: 'pick_message' })
        await createReport(deps, me, { message, reason: reason.replaceAll('\r\n', '\n') })
        return seeOther(request, `${paths.report(username)}?sent=1`)
      },
      {
        auth: true,
        form: formRenderer(
          ({ errors }, { error, me, viewer, params, query, body: { message = '', reason = '' } }) => {
            if (!(error instanceof Invalid)) throw error
            const before = query.before === undefined ? undefined : Number(query.before)
            return showReport({ me, viewer }, params.username!, { before, chosen: message, reason, errors })
          },
        ),
        params: UsernameParam,
        query: PageQuery({ before: Seq }),
        body: t.Object({ message: FormField, reason: FormField }),
      },
    )

  async function showReport(
    { me, viewer }: { me: Me; viewer: Viewer },
    username: string,
    { before, ...form }: Partial<ReportProps>,
  ): Promise<Response> {
    const person = localizeDeleted((await findConversation(deps, me.id, username)).person, viewer)
    const { results, previous } = await listMessages(deps, me, username, { before, limit: CHOICES })
    const messages = results.filter(({ sender, deletedAt }) => sender !== me.username && !deletedAt).reverse()
    const props = { chosen: '', reason: '', errors: {}, sent: false, ...form }
    const { title } = text(viewer.language).report
    return page(
      deps,
      { title, viewer, status: form.errors ? 422 : 200 },
      <ReportPage {...props} {...{ person, messages, before, previous }} />,
    )
  }
}
