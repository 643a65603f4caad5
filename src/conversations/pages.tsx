import { Elysia, t } from 'elysia'
import { ConversationList, ConversationRows } from '../../web/chat/conversation-list.tsx'
import type { ConversationProps } from '../../web/chat/conversation-props.ts'
import { ChatPage, MainPane } from '../../web/chat/page.tsx'
import { PeopleList, PeopleRows } from '../../web/chat/people-list.tsx'
import { paths } from '../../web/paths.ts'
import { text } from '../../web/text/text.ts'
import { mayInvite } from '../accounts/invites/access.ts'
import { listNewContacts } from '../accounts/invites/new-contacts.ts'
import type { Viewer } from '../accounts/profile/schema.ts'
import { auth } from '../accounts/sessions/auth.ts'
import type { Me } from '../accounts/sessions/session.ts'
import { listPeople, userView } from '../accounts/users/directory.ts'
import { Conflict, Invalid, NotFound } from '../http/errors.ts'
import { fragment, isFragment, page, seeOther } from '../http/responses.tsx'
import { PageQuery, UsernameParam } from '../http/schema.ts'
import { localizeDeleted } from '../http/viewer.ts'
import { listMessagesIn } from '../messages/history.ts'
import { sendMessage } from '../messages/send.ts'
import type { Deps } from '../process/deps.ts'
import { getConversationRow, listConversations } from './list.ts'
import { findConversation } from './lookup.ts'
import { getReadSeq, markRead } from './read-marks.ts'

/** Rows per page of either list in the side pane. */
const ROWS = 50

const Seq = t.Optional(t.Integer({ minimum: 1, maximum: 4_294_967_295 }))

const Listed = PageQuery({
  search: t.Optional(t.String({ maxLength: 200 })),
  cursor: t.Optional(t.String({ maxLength: 1000 })),
  selected: t.Optional(t.String({ maxLength: 100 })),
  limit: t.Optional(t.Integer({ minimum: 1, maximum: 100 })),
})
type Listed = typeof Listed.static

/** The chat page and its htmx fragments. */
export function conversationPages(deps: Deps) {
  const { messagesToLoad } = deps.config
  return new Elysia({ detail: { hide: true } })
    .use(auth(deps))
    .get(paths.home, ({ me, viewer, request }) => showChat({ me, viewer, request }, { conversation: null }), {
      auth: true,
    })
    .get(
      '/chat/:username',
      async ({ me, viewer, request, params: { username }, query }) => {
        const conversation = await conversationWith({ me, viewer }, username, query)
        const current = conversation.person.username
        // The person has deleted their account since the link was made.
        if (current.toLowerCase() !== username.toLowerCase()) return seeOther(request, paths.chat(current))
        const isPastEnd = (query.before ?? query.after) !== undefined && conversation.messages.length === 0
        return isPastEnd
          ? seeOther(request, paths.chat(username))
          : showChat({ me, viewer, request }, { conversation })
      },
      {
        auth: true,
        params: UsernameParam,
        query: PageQuery({ before: Seq, after: Seq }),
      },
    )
    .post(
      '/chat/:username',
      async ({ me, viewer, request, params: { username }, body: { body: typed = '', clientId } }) => {
        // A form sends each line break as CR LF (WHATWG HTML, 4.10.22.4).
        const body = typed.replaceAll('\r\n', '\n')
        try {
          const { message } = await sendMessage(deps, me, { to: username, body, clientId: clientId || null })
          await markRead(deps, me, username, message.seq)
          return seeOther(request, `${paths.chat(username)}#composer`)
        } catch (error) {
          const code =
            error instanceof Conflict ? 'conflict' : error instanceof Invalid ? error.fields.body : undefined
          if (!code) throw error
          const status = error instanceof Invalid ? error.status : 422
          const conversation = await conversationWith({ me, viewer }, username)
          return showChat(
            { me, viewer, request },
            {
              conversation: { ...conversation, draft: body, error: code },
              status,
            },
          )
        }
      },
      {
        auth: true,
        params: UsernameParam,
        body: t.Object({
          body: t.Optional(t.String()),
          clientId: t.Optional(t.String({ pattern: '^[A-Za-z0-9._:-]{0,64}$' })),
        }),
      },
    )
    .post(
      '/chat/:username/read',
      async ({ me, request, params: { username } }) => {
        // The mark stops at the last message.
        await markRead(deps, me, username, Number.POSITIVE_INFINITY)
        return seeOther(request, paths.chat(username))
      },
      { auth: true, params: UsernameParam },
    )
    .get(
      paths.people,
      async ({ me, viewer, request, query }) => {
        if (!isFragment(request))
          return showChat({ me, viewer, request }, { conversation: null, people: query })
        const people = await listPeople(deps, me.id, { ...query, limit: query.limit ?? ROWS })
        const props = {
          ...people,
          access: accessOf(me),
          search: query.search?.trim() ?? '',
          selected: query.selected ?? null,
        }
        return fragment({ viewer }, query.cursor ? <PeopleRows {...props} /> : <PeopleList {...props} />)
      },
      { auth: true, query: Listed },
    )
    .get(
      paths.conversations,
      async ({ me, viewer, request, query }) => {
        if (!isFragment(request))
          return showChat({ me, viewer, request }, { conversation: null, conversations: query })
        const list = await listed(me, viewer, { cursor: query.cursor, limit: query.limit })
        const props = { ...list, selected: query.selected ?? null, me }
        return fragment(
          { viewer },
          query.cursor ? <ConversationRows {...props} /> : <ConversationList {...props} />,
        )
      },
      { auth: true, query: Listed },
    )
    .get(
      '/conversations/:username',
      async ({ me, viewer, request, params: { username } }) => {
        if (!isFragment(request)) return seeOther(request, paths.chat(username))
        const row = await getConversationRow(deps, me, username)
        // The list has no row for a conversation without a message.
        if (row.lastMessage === null) throw new NotFound()
        const rows = [{ ...row, person: localizeDeleted(row.person, viewer) }]
        return fragment({ viewer }, <ConversationRows rows={rows} next={null} selected={null} me={me} />)
      },
      { auth: true, params: UsernameParam },
    )

  /** Loads the newest page of a conversation, or the page before or after a `seq`. */
  async function conversationWith(
    { me, viewer }: Reading,
    username: string,
    place: { before?: number | undefined; after?: number | undefined } = {},
  ): Promise<ConversationProps> {
    const found = await findConversation(deps, me.id, username)
    // Read after the version: the first catch-up then repeats messages stored in between, and misses none.
    const { results, previous, next } = await listMessagesIn(deps, me, found, {
      ...place,
      limit: messagesToLoad,
    })
    return {
      me: { username: me.username, displayName: me.displayName },
      person: {
        ...userView(localizeDeleted(found.person, viewer)),
        ...(found.person.avatar && { avatar: found.person.avatar }),
      },
      ...(found.gone && { gone: true }),
      open: found.open,
      blocked: found.blocked,
      messages: results,
      outbox: [],
      previous,
      next: place.before || place.after ? next : null,
      version: found.version,
      readSeq: await getReadSeq(deps, me.id, found),
      connection: 'connecting',
      clientId: crypto.randomUUID(),
    }
  }

  function accessOf(me: Me) {
    const { directory, signUp } = deps.config
    return {
      exact: directory === 'exact',
      signUpIsOpen: signUp === 'open',
      mayInvite: mayInvite(deps.config, me),
    }
  }

  async function listed(
    me: Me,
    viewer: Viewer,
    { cursor, limit = ROWS }: { cursor: string | undefined; limit?: number | undefined },
  ) {
    const [{ results, next }, newContacts] = await Promise.all([
      listConversations(deps, me, { cursor, limit }),
      cursor === undefined ? listNewContacts(deps, me) : [],
    ])
    const rows = results.map((row) => ({ ...row, person: localizeDeleted(row.person, viewer) }))
    return { rows, next, newContacts }
  }

  async function showChat(
    { me, viewer, request }: Reading & { request: Request },
    { conversation, people = {}, conversations = {}, status = 200 }: ChatOptions,
  ): Promise<Response> {
    const { product } = text(viewer.language)
    const title = conversation?.person.displayName ?? product
    if (isFragment(request)) {
      const fullTitle = conversation ? `${title} · ${product}` : product
      return fragment({ viewer, title: fullTitle, status }, <MainPane conversation={conversation} />)
    }
    const [list, found] = await Promise.all([
      listed(me, viewer, { cursor: conversations.cursor }),
      listPeople(deps, me.id, { search: people.search, cursor: people.cursor, limit: ROWS }),
    ])
    const unread = list.rows.reduce((sum, row) => sum + row.unread, 0)
    return page(
      deps,
      { title, unread, viewer, status },
      <ChatPage
        me={me}
        side={{
          search: people.search?.trim() ?? '',
          conversations: list,
          people: { ...found, access: accessOf(me) },
        }}
        selected={conversation?.person.username ?? null}
        conversation={conversation}
      />,
    )
  }
}

type Reading = { me: Me; viewer: Viewer }

type ChatOptions = {
  conversation: ConversationProps | null
  people?: Listed
  conversations?: Listed
  status?: number
}
