import { Elysia, t } from 'elysia'
import { MessagePage, MessagesPage } from '../../../web/admin/messages.tsx'
import { adminPaths } from '../../../web/admin/paths.ts'
import { text } from '../../../web/text/text.ts'
import { auth } from '../../accounts/sessions/auth.ts'
import { formErrors, page } from '../../http/responses.tsx'
import { FormField } from '../../http/schema.ts'
import { adminViewOf } from '../../http/viewer.ts'
import type { Deps } from '../../process/deps.ts'
import { daysOf } from '../period.ts'
import { readMessage, searchMessages } from './service.ts'

const ROWS = 50

/** Reading messages of all users, as pages; only with `ADMIN_READS_MESSAGES`. */
export function adminMessagePages(deps: Deps) {
  return new Elysia({ detail: { hide: true } })
    .use(auth(deps))
    .get(
      adminPaths.messages,
      async ({ actor, viewer, query: { go, ...query } }) => {
        const view = adminViewOf(deps, viewer)
        const search = async () =>
          go === '1'
            ? searchMessages(deps, actor, {
                ...query,
                ...daysOf(query, viewer.zone),
                limit: ROWS,
              })
            : null
        const { found, errors, status } = await search()
          .then((found) => ({ found, errors: {}, status: 200 }))
          .catch((error) => {
            const fault = formErrors(error, viewer)
            if (!fault) throw error
            return { found: null, ...fault }
          })
        const { messages: title } = text(viewer.language).admin.sections
        const props = { found, errors, query, view }
        return page(deps, { title, viewer, status }, <MessagesPage {...props} />)
      },
      {
        auth: 'admin',
        query: t.Object({
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
      { auth: 'admin', params: t.Object({ id: t.String() }) },
    )
}
