import { chatText } from '../text/chat-text.ts'
import { CheckIcon, ClockIcon, WarningIcon } from '../ui/icons.tsx'
import { memo } from '../ui/memo.tsx'
import { isEmojiOnly, RichText } from '../ui/rich-text.tsx'
import { clockTime, fullTime } from '../ui/time.ts'
import { usePunctuation, useViewer } from '../ui/viewer.ts'
import type { ConnectionStatus, ConversationActions } from './conversation-props.ts'
import type { Entry } from './message-groups.ts'

type Props = {
  entry: Entry
  sender: string
  /** The conversation accepts messages: a rejected one can be sent again. */
  open: boolean
  /** It arrived while the conversation was open, and is animated. */
  fresh: boolean
  connection: ConnectionStatus
  actions: ConversationActions | undefined
}

/** One message, stored or being sent, with its time and its state. */
export const Message = memo(({ entry, sender, open, fresh, connection, actions }: Props) => {
  const viewer = useViewer()
  const t = chatText(viewer.language).conversation
  const { colon, gap } = usePunctuation()
  const message = 'message' in entry ? entry.message : null
  const outgoing = 'outgoing' in entry ? entry.outgoing : null
  const onItsWay = connection === 'live' ? t.sending : t.waiting
  const body = message?.body ?? outgoing?.body ?? ''
  return (
    <li id={message ? `m-${message.seq}` : undefined} class={`message ${fresh ? 'fresh' : ''}`}>
      <span class="hidden">{sender + colon}</span>
      {message?.deletedAt ? (
        <div class="body deleted">{t.messageDeleted}</div>
      ) : (
        <div class={`body ${isEmojiOnly(body) ? 'emoji' : ''} ${outgoing?.state ?? ''}`} dir="auto">
          <RichText text={body} />
        </div>
      )}
      <div class="meta">
        {message?.editedAt && !message.deletedAt && (
          <span title={fullTime(message.editedAt, viewer)}>{t.edited}</span>
        )}
        <time datetime={entry.createdAt} title={fullTime(entry.createdAt, viewer)}>
          {clockTime(entry.createdAt, viewer)}
        </time>
        {entry.own && outgoing?.state !== 'failed' && (
          <span class={`status ${outgoing ? '' : 'sent'}`} title={outgoing ? onItsWay : t.sent}>
            {outgoing ? <ClockIcon /> : <CheckIcon />}
            <span class="hidden">{outgoing ? onItsWay : t.sent}</span>
          </span>
        )}
      </div>
      {outgoing?.state === 'failed' && (
        <div class="failure">
          <span>
            <WarningIcon /> {t.failed + gap + outgoing.reason}
          </span>
          {open && (
            <button class="text-button" type="button" onClick={() => actions?.retry(outgoing.clientId)}>
              {t.retry}
            </button>
          )}
          <button class="text-button" type="button" onClick={() => actions?.discard(outgoing.clientId)}>
            {t.discard}
          </button>
        </div>
      )}
    </li>
  )
})
