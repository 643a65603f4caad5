import { Elysia, t } from 'elysia'
import type { VNode } from 'preact'
import { render } from 'preact-render-to-string'
import { paths } from '../../../web/paths.ts'
import { DataPage } from '../../../web/settings/data.tsx'
import { ExportAccount, ExportHead, ExportMessage, exportHtml } from '../../../web/settings/export.tsx'
import { text } from '../../../web/text/text.ts'
import { formRenderer } from '../../http/request-context.ts'
import { page, seeOther } from '../../http/responses.tsx'
import { FormField } from '../../http/schema.ts'
import { localizeDeleted } from '../../http/viewer.ts'
import type { Deps } from '../../process/deps.ts'
import type { Viewer } from '../profile/schema.ts'
import { auth } from '../sessions/auth.ts'
import { signedOutHeaders } from '../sessions/cookie.ts'
import type { Me } from '../sessions/session.ts'
import { needsCode } from '../two-factor/service.ts'
import { deleteAccount } from './deletion.ts'
import { type ExportStream, streamExport } from './export.ts'
import { jsonOf } from './stream.ts'

/** The page to export data and delete the account. */
export function dataPages(deps: Deps) {
  return new Elysia({ detail: { hide: true } })
    .use(auth(deps))
    .get(paths.ownData, ({ me, viewer }) => show({ me, viewer }), { auth: 'session' })
    .get(
      paths.exportJson,
      async ({ me, request }) =>
        download(await streamExport(deps, me, { render: jsonOf, request }), 'application/json'),
      { auth: 'session', ownSite: true },
    )
    .get(
      paths.exportHtml,
      async ({ me, viewer, request }) => {
        const render = (exported: ExportStream) => htmlOf(exported, viewer)
        const page = await streamExport(deps, me, { render, request })
        return download(page, 'text/html; charset=utf-8')
      },
      { auth: 'session', ownSite: true },
    )
    .post(
      paths.deleteAccount,
      async ({ me, request }) => {
        await deleteAccount(deps, me.id)
        return seeOther(request, `${paths.signIn}?deleted=1`, { headers: signedOutHeaders(deps) })
      },
      {
        auth: 'session',
        confirmPassword: true,
        form: formRenderer((fault, context) => show(context, fault)),
        body: t.Object({ password: FormField, code: FormField }),
      },
    )

  async function show(
    { me, viewer }: { me: Me; viewer: Viewer },
    { errors = {}, status = 200 }: { errors?: Record<string, string>; status?: number } = {},
  ): Promise<Response> {
    const { title } = text(viewer.language).data
    const props = { errors, needsCode: await needsCode(deps, me) }
    return page(deps, { title, viewer, status }, <DataPage {...props} />)
  }
}

/** A download; the browser takes the file name from the path. */
function download(file: ReadableStream, type: string): Response {
  return new Response(file, {
    headers: { 'content-type': type, 'content-disposition': 'attachment', 'cache-control': 'no-store' },
  })
}

/** The export as one self-contained HTML page. */
async function* htmlOf(exported: ExportStream, viewer: Viewer): AsyncIterable<string> {
  const {
    account,
    exportedAt,
    sessions,
    tokens,
    passkeys,
    invites,
    invited,
    blocked,
    reports,
    conversations,
  } = exported
  const {
    data: t,
    security,
    tokens: tokenText,
    passkeys: passkeyText,
    invites: inviteText,
    sections,
  } = text(viewer.language)
  const head = { account, exportedAt, viewer }
  yield exportHtml(viewer) + render(<ExportHead {...head} />)
  yield `<body>${render(<ExportAccount {...head} />)}`
  yield* list(
    security.sessions,
    sessions,
    ({ device, address }) => `${device ?? security.unknownDevice}, ${address}`,
  )
  yield* list(tokenText.title, tokens, ({ name }) => name)
  yield* list(passkeyText.title, passkeys, ({ name }) => name)
  yield* list(sections.invites, invites, ({ id, name }) => name ?? inviteText.unnamed(id))
  yield* list(inviteText.invited, invited, ({ username }) => `@${username}`)
  yield* list(sections.blocked, blocked, ({ username }) => `@${username}`)
  yield* list(t.reports, reports, ({ message, reason }) => `${message}: ${reason}`)
  yield render(<h2>{t.conversations}</h2>)
  for await (const { with: person, messages } of conversations) {
    const { displayName, username } = localizeDeleted(person, viewer)
    yield html(
      <h3>
        <bdi>{displayName}</bdi> (@{username})
      </h3>,
    )
    for await (const message of messages) yield html(<ExportMessage message={message} viewer={viewer} />)
  }
  yield '</body></html>\n'

  async function* list<T>(title: string, items: AsyncIterable<T>, line: (item: T) => string) {
    yield html(<h2>{title}</h2>)
    let isEmpty = true
    for await (const item of items) {
      isEmpty = false
      yield html(<p>{line(item)}</p>)
    }
    if (isEmpty) yield html(<p>{t.none}</p>)
  }
}

const html = (node: VNode) => `${render(node)}\n`
