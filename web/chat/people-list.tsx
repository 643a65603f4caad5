import type { PersonView } from '../../src/accounts/users/schema.ts'
import { paths } from '../paths.ts'
import { Avatar } from '../ui/avatar.tsx'
import { mainPaneLink, nextPageLink } from '../ui/htmx-links.ts'
import { useText } from '../ui/use-text.ts'
import { chatPaths, withQuery } from './paths.ts'

export type PeopleListProps = {
  results: readonly PersonView[]
  /** The cursor of the next page; null on the last. */
  next: string | null
  search: string
  selected: string | null
  /** Whom the viewer can find, and whether new people can sign up. Only for an empty list. */
  access?: { exact: boolean; signUpIsOpen: boolean; mayInvite: boolean }
}

/** The content of `#people`: all other people, or the search results. */
export function PeopleList(props: PeopleListProps) {
  const { results, search } = props
  const t = useText().side
  if (results.length) {
    return (
      <>
        <h2 class="list-title">{search ? t.searchResults : t.people}</h2>
        <ul class="rows">
          <PeopleRows {...props} />
        </ul>
      </>
    )
  }
  return (
    <>
      <h2 class="list-title">{search ? t.searchResults : t.people}</h2>
      <div class="list-empty" role="status">
        <EmptyHint {...props} />
      </div>
    </>
  )
}

function EmptyHint({ search, access }: PeopleListProps) {
  const { side: t, invites } = useText()
  const { exact = false, signUpIsOpen = true, mayInvite = false } = access ?? {}
  if (search) {
    return (
      <>
        <strong>{t.noMatch(search)}</strong>
        <p>{exact ? t.noExactMatchHint : t.noMatchHint}</p>
      </>
    )
  }
  return (
    <>
      <strong>{exact ? t.noContacts : t.noPeople}</strong>
      {exact ? <p>{t.noContactsHint}</p> : signUpIsOpen && <p>{t.noPeopleHint}</p>}
      {mayInvite && (
        <p>
          <a href={paths.invites}>{invites.title}</a>
        </p>
      )}
    </>
  )
}

/** Only the items: a page after the first, which replaces "More". */
export function PeopleRows({ results, next, search, selected }: PeopleListProps) {
  const t = useText().side
  return (
    <>
      {results.map((person) => (
        <li key={person.username}>
          <a
            class="row"
            {...mainPaneLink(chatPaths.chat(person.username))}
            aria-current={person.username === selected ? 'page' : undefined}
          >
            <Avatar person={person} />
            <bdi class="row-name">{person.displayName}</bdi>
            <span class="row-line">@{person.username}</span>
          </a>
        </li>
      ))}
      {next && (
        <li class="more">
          <a {...nextPageLink(withQuery(chatPaths.people, { search, cursor: next, selected }))}>
            {t.morePeople}
          </a>
        </li>
      )}
    </>
  )
}
