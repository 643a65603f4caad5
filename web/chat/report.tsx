import type { UserView } from '../../src/accounts/users/schema.ts'
import type { MessageView } from '../../src/messages/schema.ts'
import { REASON_LIMIT } from '../../src/moderation/limits.ts'
import { ErrorSummary, type FieldErrors, Saved, TextArea } from '../ui/form.tsx'
import { PageHeader } from '../ui/page-frame.tsx'
import { clockTime, dayName } from '../ui/time.ts'
import { useText } from '../ui/use-text.ts'
import { useViewer } from '../ui/viewer.ts'
import { chatPaths, withQuery } from './paths.ts'

export type ReportProps = {
  person: UserView
  /** The person's messages, newest first. */
  messages: readonly MessageView[]
  /** `before` of this page, unless it is the newest. */
  before?: number | undefined
  /** `before` of the previous page. */
  previous: number | null
  chosen: string
  reason: string
  errors: FieldErrors
  sent: boolean
}

/** The form to choose a message and give a reason. */
export function ReportPage({ person, messages, before, previous, sent, ...form }: ReportProps) {
  const { report: t } = useText()
  const viewer = useViewer()
  const back = chatPaths.chat(person.username)
  return (
    <main id="main" class="settings">
      <PageHeader title={t.title} back={{ href: back, label: t.back }} />
      {sent ? (
        <div class="card">
          <Saved>{t.thanks}</Saved>
          <p class="hint">{t.thanksHint(person.displayName)}</p>
          <a class="button" href={back}>
            {t.back}
          </a>
        </div>
      ) : messages.length === 0 && previous === null ? (
        <div class="card">
          <p>{t.noMessages(person.displayName)}</p>
        </div>
      ) : (
        <form class="card" method="post" action={withQuery(chatPaths.report(person.username), { before })}>
          <ErrorSummary errors={form.errors} labels={{ reason: t.reason }} />
          <p class="hint">{t.hint}</p>
          <fieldset class="pick">
            <legend>{t.whichMessage}</legend>
            {messages.map((message) => (
              <label key={message.id}>
                <input
                  type="radio"
                  name="message"
                  value={message.id}
                  required
                  defaultChecked={message.id === form.chosen}
                />
                <span>
                  <span class="quote" dir="auto">
                    {message.body}
                  </span>
                  <time class="hint" datetime={message.createdAt}>
                    {dayName(message.createdAt, viewer, Date.now())}, {clockTime(message.createdAt, viewer)}
                  </time>
                </span>
              </label>
            ))}
            {previous !== null && (
              <a class="aside" href={withQuery(chatPaths.report(person.username), { before: previous })}>
                {t.earlier}
              </a>
            )}
          </fieldset>
          <TextArea
            name="reason"
            label={t.reason}
            hint={t.reasonHint}
            errors={form.errors}
            input={{ rows: 4, required: true, maxLength: REASON_LIMIT, defaultValue: form.reason }}
          />
          <button class="button" type="submit">
            {t.send}
          </button>
        </form>
      )}
    </main>
  )
}
