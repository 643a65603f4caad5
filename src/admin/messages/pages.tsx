import { Elysia, t } from 'elysia'
import { MessagePage, MessagesPage } from '../../../web/admin/messages.tsx'
import { adminPaths } from '../../../web/admin/paths.ts'
import { text } from '../../../web/text/text.ts'
import { auth } from '../../accounts/sessions/auth.ts'
import { asFieldErrors, page } from '../../http/responses.tsx'
import { peerOf } from '../../http/security.ts'
import { adminViewerOf } from '../../http/viewer.ts'
import type { Deps } from '../../process/deps.ts'
import { actorOf } from '../audit-log/service.ts'
import { daysOf } from '../period.ts'
import { readMessage, searchMessages } from './service.ts'

const ROWS = 50
const field = t.Optional(t.String({ maxLength: 1000 }))

/** The messages of everybody, as pages: only there when `ADMIN_READS_MESSAGES` is on. */
export function adminMessagePages(deps: Deps) {
  return new Elysia({ detail: { hide: true } })
    .use(auth(deps))
    .get(
      adminPaths.messages,
      async ({ me, request, query: { go, ...query } }) => {
        const view = adminViewerOf(deps, request, me)
        const { reader } = view
        const actor = actorOf(me, peerOf(request))
        const search = async () =>
          go === '1'
            ? searchMessages(deps, actor, {
                ...query,
                ...daysOf(query, reader.zone),
                limit: ROWS,
              })
            : null
        const { found, errors, status } = await search()
          .then((found) => ({ found, errors: {}, status: 200 }))
          .catch((error) => ({ found: null, ...asFieldErrors(error, reader) }))
        const { messages: title } = text(reader.language).admin.sections
        const props = { found, errors, query, view }
        return page(deps, { title, reader, status }, <MessagesPage {...props} />)
      },
      {
        auth: 'admin',
        query: t.Object({
          go: field,
          text: field,
          author: field,
          recipient: field,
          since: field,
          until: field,
          cursor: field,
        }),
      },
    )
    .get(
      '/admin/messages/:id',
      async ({ me, request, params: { id } }) => {
        const view = adminViewerOf(deps, request, me)
        const messages = await readMessage(deps, actorOf(me, peerOf(request)), id)
        const { title } = text(view.reader.language).admin.messages
        return page(
          deps,
          { title, reader: view.reader },
          <MessagePage id={id} messages={messages} view={view} />,
        )
      },
      { auth: 'admin', params: t.Object({ id: t.String() }) },
    )
}
