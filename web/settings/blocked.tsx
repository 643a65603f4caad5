import type { PersonView, Viewer } from '../../src/accounts/schema.ts'
import { paths, withQuery } from '../paths.ts'
import { text } from '../text/text.ts'
import { Avatar } from '../ui/avatar.tsx'
import { SettingsFrame } from './frame.tsx'

type Props = { people: { results: readonly PersonView[]; next: string | null }; viewer: Viewer }

/** The people that the user has blocked, with buttons to unblock them. */
export function BlockedPage({ people, viewer }: Props) {
  const { blocked: t, side } = text(viewer.language)
  return (
    <SettingsFrame section="blocked" viewer={viewer}>
      <div class="card">
        <h2>{t.title}</h2>
        <p class="hint">{t.hint}</p>
        {people.results.length === 0 && <p>{t.none}</p>}
        <ul class="plain">
          {people.results.map((person) => (
            <li key={person.username} class="blocked-row">
              <Avatar person={person} />
              <a href={paths.chat(person.username)}>
                <bdi class="row-name">{person.displayName}</bdi>
                <span class="hint">@{person.username}</span>
              </a>
              <form method="post" action={withQuery(paths.unblock(person.username), { next: paths.blocked })}>
                <button class="button quiet" type="submit" aria-label={`${t.unblock}: ${person.displayName}`}>
                  {t.unblock}
                </button>
              </form>
            </li>
          ))}
        </ul>
        {people.next && <a href={withQuery(paths.blocked, { cursor: people.next })}>{side.morePeople}</a>}
      </div>
    </SettingsFrame>
  )
}
