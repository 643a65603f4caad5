import { useEffect, useMemo, useState } from 'preact/hooks'
import { Avatar } from '../ui/avatar.tsx'
import { memo } from '../ui/memo.tsx'
import { dayName } from '../ui/time.ts'
import { useChatText, useViewer } from '../ui/viewer.ts'
import type { ConversationActions, ConversationProps } from './conversation-props.ts'
import { Message } from './message.tsx'
import { createGrouping, type Day, type MessageGroup } from './message-groups.ts'

type Props = Pick<
  ConversationProps,
  'me' | 'person' | 'open' | 'messages' | 'outbox' | 'connection' | 'actions'
> & {
  /** `seq` of the message below the line "new". */
  newFrom: number | null
  /** Messages after this `seq` arrived while the conversation was open. */
  openedAt: number
}

/** The messages by days and groups. One more message renders only its own group. */
export function Messages({ newFrom, openedAt, ...props }: Props) {
  const { me, person, open, messages, outbox, connection, actions } = props
  const viewer = useViewer()
  const [group] = useState(createGrouping)
  const days = useMemo(
    () => group({ me, messages, outbox, zone: viewer.zone, newFrom }),
    [messages, outbox, newFrom],
  )
  return (
    <>
      {days.map((day) => (
        <DaySection
          key={day.key}
          day={day}
          name={dayName(day.at, viewer, Date.now())}
          {...{ person, open, connection, actions, openedAt }}
        />
      ))}
      {!messages.length && !outbox.length && <Beginning me={me} person={person} />}
    </>
  )
}

type GroupProps = Pick<Props, 'person' | 'open' | 'connection' | 'openedAt'> & {
  actions: ConversationActions | undefined
}

/**
 * `name` is a prop, since "Today" becomes "Yesterday" at midnight. Once a day has been drawn, its height is known, and it
 * is drawn again only in view.
 */
const DaySection = memo(({ day, name, ...props }: GroupProps & { day: Day; name: string }) => {
  const [isDrawn, setDrawn] = useState(false)
  useEffect(() => setDrawn(true), [])
  return (
    <section class={`day ${isDrawn ? 'drawn' : ''}`}>
      <h2 class="day-name">
        <time datetime={day.key}>{name}</time>
      </h2>
      {day.groups.map((group) => (
        <Group key={group.key} group={group} {...props} />
      ))}
    </section>
  )
})

const Group = memo(
  ({ group, person, openedAt, connection, ...props }: GroupProps & { group: MessageGroup }) => {
    const t = useChatText()
    const name = group.own ? t.you : person.displayName
    return (
      <div class={`run ${group.own ? 'own' : 'theirs'}`}>
        {group.startsNew && <p class="new-line">{t.conversation.newDivider}</p>}
        {!group.own && <Avatar person={person} size="small" />}
        <ol aria-label={name}>
          {group.entries.map((entry) => (
            <Message
              key={entry.key}
              entry={entry}
              sender={name}
              fresh={'outgoing' in entry || entry.message.seq > openedAt}
              // Stored messages do not depend on the connection.
              connection={'outgoing' in entry ? connection : 'live'}
              {...props}
            />
          ))}
        </ol>
      </div>
    )
  },
)

function Beginning({ me, person }: Pick<Props, 'me' | 'person'>) {
  const t = useChatText().conversation
  const notes = me.username === person.username
  return (
    <div class="blank">
      <Avatar person={person} size="large" />
      <h2>{notes ? t.notes : t.startTitle(person.displayName)}</h2>
      <p>{notes ? t.notesHint : t.startHint}</p>
    </div>
  )
}
