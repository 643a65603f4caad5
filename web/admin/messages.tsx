import type { FoundMessagesView } from '../../src/admin/schema.ts'
import type { MessageView } from '../../src/messages/schema.ts'
import { text } from '../text/text.ts'
import { ErrorSummary, Field, type FieldErrors } from '../ui/form.tsx'
import { fullTime } from '../ui/time.ts'
import { AdminFrame, type AdminView, Pages, Who } from './frame.tsx'
import { adminPaths } from './paths.ts'
import { Messages } from './reports.tsx'

type MessageQuery = Partial<
  Record<'text' | 'author' | 'recipient' | 'since' | 'until' | 'cursor', string | undefined>
>
type Props = {
  /** null before the first search. */
  found: FoundMessagesView | null
  query: MessageQuery
  errors: FieldErrors
  view: AdminView
}

/** Does not search while the administrator types: each search is recorded in the audit log. */
export function MessagesPage({ found, query, errors, view }: Props) {
  const { language } = view.viewer
  const { messages: t } = text(language).admin
  const common = { errors, language }
  const labels = { author: t.author, recipient: t.recipient, since: t.since, until: t.until }
  return (
    <AdminFrame view={view} section="messages">
      <form class="card filters" method="get" action={adminPaths.messages}>
        <p class="hint">{t.hint}</p>
        <ErrorSummary {...common} labels={labels} />
        <input type="hidden" name="go" value="1" />
        <Field {...common} name="text" label={t.text} input={{ type: 'search', value: query.text }} />
        {(['author', 'recipient'] as const).map((name) => (
          <Field
            key={name}
            {...common}
            name={name}
            label={t[name]}
            input={{ value: query[name], autocomplete: 'off', autocapitalize: 'none', spellcheck: false }}
          />
        ))}
        {(['since', 'until'] as const).map((name) => (
          <Field
            key={name}
            {...common}
            name={name}
            label={t[name]}
            input={{ type: 'date', value: query[name] }}
          />
        ))}
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
            view={view}
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
  const { messages: t, reports } = text(view.viewer.language).admin
  const { id, sender, recipient, body, createdAt, deletedAt } = message
  const time = fullTime(createdAt, view.viewer)
  return (
    <li class="excerpt">
      <p class="hint">
        <Who username={sender} view={view} /> → <Who username={recipient} view={view} /> ·{' '}
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
  const { messages: t } = text(view.viewer.language).admin
  return (
    <AdminFrame view={view} section="messages" inner>
      <section class="card">
        <h2>{t.title}</h2>
        <Messages messages={messages} marked={id} view={view} />
      </section>
    </AdminFrame>
  )
}
