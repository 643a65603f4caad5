import { Elysia, t } from 'elysia'
import { MessagePage, MessagesPage, type MessagesProps } from '../../../web/admin/messages.tsx'
import { adminPaths } from '../../../web/admin/paths.ts'
import { text } from '../../../web/text/text.ts'
import type { Viewer } from '../../accounts/profile/schema.ts'
import { auth } from '../../accounts/sessions/auth.ts'
import { formRenderer } from '../../http/request-context.ts'
import { page } from '../../http/responses.tsx'
import { FormField, PageQuery } from '../../http/schema.ts'
import type { Deps } from '../../process/deps.ts'
import { daysOf } from '../period.ts'
import { adminViewOf } from '../view.ts'
import { readMessage, searchMessages } from './service.ts'

const ROWS = 50

/** Reading messages of all users, as pages; only with `ADMIN_READS_MESSAGES`. */
export function adminMessagePages(deps: Deps) {
  return new Elysia({ detail: { hide: true } })
    .use(auth(deps))
    .get(
      adminPaths.messages,
      async ({ actor, viewer, query: { go, ...query } }) => {
        // Each search is recorded in the audit log, so opening the page must not search.
        const found =
          go === '1'
            ? await searchMessages(deps, actor, { ...query, ...daysOf(query, viewer.zone), limit: ROWS })
            : null
        return showSearch(viewer, { found, query, errors: {} })
      },
      {
        auth: 'admin',
        ownSite: true,
        form: formRenderer((fault, { viewer, query }) =>
          showSearch(viewer, { found: null, query, ...fault }),
        ),
        query: PageQuery({
          go: FormField,
          text: FormField,
          author: FormField,
          recipient: FormField,
          since: FormField,
          until: FormField,
          cursor: FormField,
        }),
      },
    )
    .get(
      '/admin/messages/:id',
      async ({ actor, viewer, params: { id } }) => {
        const view = adminViewOf(deps, viewer)
        const messages = await readMessage(deps, actor, id)
        const { title } = text(viewer.language).admin.messages
        return page(deps, { title, viewer }, <MessagePage id={id} messages={messages} view={view} />)
      },
      { auth: 'admin', ownSite: true, params: t.Object({ id: t.String() }) },
    )

  function showSearch(
    viewer: Viewer,
    { status = 200, ...search }: Omit<MessagesProps, 'view'> & { status?: number },
  ): Response {
    const { messages: title } = text(viewer.language).admin.sections
    const view = adminViewOf(deps, viewer)
    return page(deps, { title, viewer, status }, <MessagesPage {...search} view={view} />)
  }
}
