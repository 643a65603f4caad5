import type { UserView } from '../../src/accounts/schema.ts'
import { chatText } from '../text/chat-text.ts'
import { Avatar } from '../ui/avatar.tsx'
import { dayName } from '../ui/time.ts'
import type { ConversationProps } from './conversation-props.ts'
import { Message } from './message.tsx'
import { groupByDay } from './message-groups.ts'

type Props = Pick<
  ConversationProps,
  'me' | 'person' | 'open' | 'messages' | 'outbox' | 'connection' | 'reader' | 'actions'
> & {
  /** `seq` of the message above which the line "new" stands. */
  newFrom: number | null
  /** Messages after this `seq` came while the conversation was open. */
  openedAt: number
}

/** The messages by days and runs. */
export function Messages({ newFrom, openedAt, ...props }: Props) {
  const { me, person, open, connection, reader, actions } = props
  const t = chatText(reader.language)
  return (
    <>
      {groupByDay({ ...props, zone: reader.zone, newFrom }).map((day) => (
        <section key={day.key} class="day">
          <h2 class="day-name">
            <time datetime={day.key}>{dayName(day.at, reader, Date.now())}</time>
          </h2>
          {day.runs.map((run) => {
            const name = run.own ? t.you : person.displayName
            return (
              <div key={run.key} class={`run ${run.own ? 'own' : 'theirs'}`}>
                {run.startsNew && <p class="new-line">{t.conversation.newDivider}</p>}
                {!run.own && <Avatar person={person} size="small" />}
                <ol aria-label={name}>
                  {run.entries.map((entry) => (
                    <Message
                      key={entry.key}
                      entry={entry}
                      sender={name}
                      open={open}
                      fresh={'outgoing' in entry || entry.message.seq > openedAt}
                      connection={connection}
                      reader={reader}
                      actions={actions}
                    />
                  ))}
                </ol>
              </div>
            )
          })}
        </section>
      ))}
      {!props.messages.length && !props.outbox.length && <Beginning me={me} person={person} words={t} />}
    </>
  )
}

type BeginningProps = { me: UserView; person: UserView; words: ReturnType<typeof chatText> }

function Beginning({ me, person, words: { conversation: t } }: BeginningProps) {
  const notes = me.username === person.username
  return (
    <div class="blank">
      <Avatar person={person} size="large" />
      <h2>{notes ? t.notes : t.startTitle(person.displayName)}</h2>
      <p>{notes ? t.notesHint : t.startHint}</p>
    </div>
  )
}
