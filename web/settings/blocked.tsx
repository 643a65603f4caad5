import type { PersonView } from '../../src/accounts/users/schema.ts'
import { paths, withQuery } from '../paths.ts'
import { Avatar } from '../ui/avatar.tsx'
import { PostButton } from '../ui/form.tsx'
import { useText } from '../ui/use-text.ts'
import { usePunctuation } from '../ui/viewer.ts'
import { SettingsFrame } from './frame.tsx'

type Props = { people: { results: readonly PersonView[]; next: string | null } }

/** The people that the user has blocked, with buttons to unblock them. */
export function BlockedPage({ people }: Props) {
  const { blocked: t, side } = useText()
  const { colon } = usePunctuation()
  return (
    <SettingsFrame section="blocked">
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
              <PostButton
                action={withQuery(paths.unblock(person.username), { next: paths.blocked })}
                label={t.unblock + colon + person.displayName}
              >
                {t.unblock}
              </PostButton>
            </li>
          ))}
        </ul>
        {people.next && <a href={withQuery(paths.blocked, { cursor: people.next })}>{side.morePeople}</a>}
      </div>
    </SettingsFrame>
  )
}
