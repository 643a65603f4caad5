import type { PersonView, UserView } from '../../src/accounts/users/schema.ts'
import type { ConversationRow } from '../../src/conversations/schema.ts'
import { Avatar } from '../ui/avatar.tsx'
import { mainPaneLink, nextPageLink } from '../ui/htmx-links.ts'
import { fullTime, listTime } from '../ui/time.ts'
import { useText } from '../ui/use-text.ts'
import { useViewer } from '../ui/viewer.ts'
import { chatPaths, withQuery } from './paths.ts'
import { unreadLabel } from './unread.ts'

export type ConversationListProps = {
  rows: readonly ConversationRow[]
  /** The cursor of the next page; null on the last. */
  next: string | null
  selected: string | null
  me: UserView
  /** People from an invite who have not exchanged a message with `me` yet; on the first page only. */
  newContacts?: readonly PersonView[]
}

/** The content of `#conversations`. */
export function ConversationList(props: ConversationListProps) {
  const t = useText().side
  const { rows, newContacts = [], selected } = props
  return (
    <>
      <h2 class="list-title">{t.conversations}</h2>
      {rows.length || newContacts.length ? (
        <ul class="rows">
          {newContacts.map((person) => (
            <NewContact key={person.username} person={person} current={person.username === selected} />
          ))}
          <ConversationRows {...props} />
        </ul>
      ) : (
        <div class="list-empty">
          <strong>{t.noConversations}</strong>
          <p>{t.noConversationsHint}</p>
        </div>
      )}
    </>
  )
}

/** Only the items: a page after the first, which replaces "More". */
export function ConversationRows({ rows, next, selected, me }: ConversationListProps) {
  const t = useText().side
  return (
    <>
      {rows.map((row) => (
        <Row key={row.person.username} row={row} current={row.person.username === selected} me={me} />
      ))}
      {next && (
        <li class="more">
          <a {...nextPageLink(withQuery(chatPaths.conversations, { cursor: next, selected }))}>
            {t.moreConversations}
          </a>
        </li>
      )}
    </>
  )
}

/** Has the ID of the row that replaces it after the first message. */
function NewContact({ person, current }: { person: PersonView; current: boolean }) {
  const { invites: t } = useText()
  return (
    <li id={`c-${person.username}`}>
      <a
        class="row"
        {...mainPaneLink(chatPaths.chat(person.username))}
        aria-current={current ? 'page' : undefined}
      >
        <Avatar person={person} />
        <bdi class="row-name">{person.displayName}</bdi>
        <span class="row-line">{t.sayHello}</span>
      </a>
    </li>
  )
}

type RowProps = Pick<ConversationListProps, 'me'> & { row: ConversationRow; current: boolean }

function Row({ row: { person, lastMessage, unread, activeAt }, current, me }: RowProps) {
  const t = useText()
  const viewer = useViewer()
  const notes = person.username === me.username
  const own = lastMessage.sender === me.username
  const line = lastMessage.deletedAt ? t.side.messageDeleted : lastMessage.body
  return (
    <li id={`c-${person.username}`} data-active={activeAt}>
      <a
        class="row"
        {...mainPaneLink(chatPaths.chat(person.username))}
        aria-current={current ? 'page' : undefined}
        data-unread={unread}
      >
        <Avatar person={person} />
        <bdi class="row-name">{notes ? t.conversation.notes : person.displayName}</bdi>
        <time
          class="row-time"
          datetime={lastMessage.createdAt}
          title={fullTime(lastMessage.createdAt, viewer)}
        >
          {listTime(lastMessage.createdAt, viewer, Date.now())}
        </time>
        <span class={`row-line ${lastMessage.deletedAt ? 'note' : ''}`} dir="auto">
          {own && !notes ? t.side.sentByYou(line) : line}
        </span>
        {unread > 0 && (
          <span class="badge">
            <span aria-hidden="true">{unreadLabel(unread)}</span>
            <span class="hidden">{t.side.unread(unread)}</span>
          </span>
        )}
      </a>
    </li>
  )
}
