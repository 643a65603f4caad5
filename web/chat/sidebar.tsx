import type { AccountView, PersonView } from '../../src/accounts/users/schema.ts'
import { Avatar } from '../ui/avatar.tsx'
import { mainPaneLink } from '../ui/htmx-links.ts'
import { Mark, NoteIcon, SearchIcon, ShieldIcon, SignOutIcon } from '../ui/icons.tsx'
import { useText } from '../ui/use-text.ts'
import { useViewer } from '../ui/viewer.ts'
import { ConversationList, type ConversationListProps } from './conversation-list.tsx'
import { chatPaths } from './paths.ts'
import { PeopleList, type PeopleListProps } from './people-list.tsx'

export type SidebarProps = {
  me: AccountView & PersonView
  search: string
  conversations: Pick<ConversationListProps, 'rows' | 'next' | 'newContacts'>
  people: Pick<PeopleListProps, 'results' | 'next' | 'access'>
  selected: string | null
}

/** The left pane: the user, the search, the conversations and all other people. */
export function Sidebar({ me, search, conversations, people, selected }: SidebarProps) {
  const t = useText()
  return (
    <aside id="side" data-me={me.username} aria-label={t.side.label}>
      <SidebarHeader me={me} />
      <Search search={search} />
      <div class="lists">
        <nav id="conversations" aria-label={t.side.conversations}>
          <ConversationList {...conversations} selected={selected} me={me} />
        </nav>
        <section id="people" aria-label={t.side.people}>
          <PeopleList {...people} search={search} selected={selected} />
        </section>
        <TimeZoneHint />
      </div>
    </aside>
  )
}

/** Without JavaScript, the browser's time zone is unknown. */
function TimeZoneHint() {
  const t = useText().side
  if (useViewer().zone !== 'UTC') return null
  return (
    <noscript>
      <p class="list-note">{t.timesInUtc}</p>
    </noscript>
  )
}

function SidebarHeader({ me }: Pick<SidebarProps, 'me'>) {
  const t = useText()
  return (
    <header class="side-header">
      <a class="brand" {...mainPaneLink(chatPaths.home)}>
        <Mark />
        {t.product}
      </a>
      {me.role === 'admin' && (
        <a class="icon-button" href={chatPaths.admin} title={t.admin.title}>
          <ShieldIcon />
          <span class="hidden">{t.admin.title}</span>
        </a>
      )}
      <a class="icon-button" {...mainPaneLink(chatPaths.chat(me.username))} title={t.conversation.notes}>
        <NoteIcon />
        <span class="hidden">{t.conversation.notes}</span>
      </a>
      <a class="icon-button" href={chatPaths.settings} title={t.side.yourSettings(me.displayName)}>
        <Avatar person={me} size="small" />
        <span class="hidden">{t.side.yourSettings(me.displayName)}</span>
      </a>
      <form method="post" action={chatPaths.signOut}>
        <button class="icon-button" type="submit" aria-label={t.signOut} title={t.signOut}>
          <SignOutIcon />
        </button>
      </form>
    </header>
  )
}

/** A form that works without JavaScript; htmx shows the results while the user types. */
function Search({ search }: Pick<SidebarProps, 'search'>) {
  const t = useText().side
  return (
    <search>
      <form class="search" method="get" action={chatPaths.people}>
        <SearchIcon />
        <input
          id="search"
          type="search"
          name="search"
          value={search}
          placeholder={t.search}
          aria-label={t.search}
          autocomplete="off"
          autocapitalize="none"
          spellcheck={false}
          enterkeyhint="search"
          hx-get={chatPaths.people}
          hx-trigger="input changed delay:150ms, search"
          hx-target="#people"
          hx-sync="this:replace"
        />
        <noscript>
          <button class="button quiet" type="submit">
            {t.searchButton}
          </button>
        </noscript>
      </form>
    </search>
  )
}
