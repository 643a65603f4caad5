import type { FoundMessagesView } from '../../src/admin/schema.ts'
import type { MessageView } from '../../src/messages/schema.ts'
import { ErrorSummary, Field, type FieldErrors } from '../ui/form.tsx'
import { fullTime } from '../ui/time.ts'
import { useText } from '../ui/use-text.ts'
import { useViewer } from '../ui/viewer.ts'
import { PeriodFilters, UsernameFilters } from './filters.tsx'
import { AdminFrame, type AdminView, Pages, UserLink } from './frame.tsx'
import { adminPaths } from './paths.ts'
import { Messages } from './reports.tsx'

type MessageQuery = Partial<
  Record<'text' | 'author' | 'recipient' | 'since' | 'until' | 'cursor', string | undefined>
>
export type MessagesProps = {
  /** null before the first search. */
  found: FoundMessagesView | null
  query: MessageQuery
  errors: FieldErrors
  view: AdminView
}

/** Does not search while the administrator types: each search is recorded in the audit log. */
export function MessagesPage({ found, query, errors, view }: MessagesProps) {
  const { messages: t } = useText().admin
  const labels = { author: t.author, recipient: t.recipient, since: t.since, until: t.until }
  return (
    <AdminFrame view={view} section="messages">
      <form class="card filters" method="get" action={adminPaths.messages}>
        <p class="hint">{t.hint}</p>
        <ErrorSummary errors={errors} labels={labels} />
        <input type="hidden" name="go" value="1" />
        <Field errors={errors} name="text" label={t.text} input={{ type: 'search', value: query.text }} />
        <UsernameFilters
          labels={{ author: t.author, recipient: t.recipient }}
          query={query}
          errors={errors}
        />
        <PeriodFilters query={query} errors={errors} />
        <button class="button" type="submit">
          {t.search}
        </button>
      </form>
      {found && (
        <section class="card" aria-label={t.found}>
          {found.results.length === 0 && <p role="status">{t.none}</p>}
          <ul class="plain">
            {found.results.map((message) => (
              <FoundMessage key={message.id} message={message} view={view} />
            ))}
          </ul>
          <Pages
            path={adminPaths.messages}
            query={{ ...query, go: '1' }}
            next={found.next}
            label={t.searchFurther}
          />
        </section>
      )}
    </AdminFrame>
  )
}

function FoundMessage({ message, view }: { message: MessageView; view: AdminView }) {
  const { messages: t, reports } = useText().admin
  const viewer = useViewer()
  const { id, sender, recipient, body, createdAt, deletedAt } = message
  const time = fullTime(createdAt, viewer)
  return (
    <li class="excerpt">
      <p class="hint">
        <UserLink username={sender} view={view} /> → <UserLink username={recipient} view={view} /> ·{' '}
        <a href={adminPaths.message(id)} aria-label={t.openMessage(time)}>
          {time}
        </a>
      </p>
      <p class={deletedAt ? 'hint' : 'quote'} dir="auto">
        {deletedAt ? reports.messageDeleted : body}
      </p>
    </li>
  )
}

type MessagePageProps = { id: string; messages: readonly MessageView[]; view: AdminView }

export function MessagePage({ id, messages, view }: MessagePageProps) {
  const { messages: t } = useText().admin
  return (
    <AdminFrame view={view} section="messages" inner>
      <section class="card">
        <h2>{t.title}</h2>
        <Messages messages={messages} marked={id} view={view} />
      </section>
    </AdminFrame>
  )
}
