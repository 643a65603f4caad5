import { useMemo } from 'preact/hooks'
import type { Viewer } from '../../src/accounts/schema.ts'
import { chatText } from '../text/chat-text.ts'
import { CheckIcon, ClockIcon, WarningIcon } from '../ui/icons.tsx'
import { isEmojiOnly, RichText } from '../ui/rich-text.tsx'
import { clockTime, fullTime } from '../ui/time.ts'
import type { ConnectionStatus, ConversationActions } from './conversation-props.ts'
import type { Entry } from './message-groups.ts'

type Props = {
  entry: Entry
  sender: string
  /** Messages are taken: what was refused can be sent again. */
  open: boolean
  /** It came while the conversation was open: it moves in. */
  fresh: boolean
  connection: ConnectionStatus
  reader: Viewer
  actions: ConversationActions | undefined
}

/** One message, or one on its way, with its time and what has become of it. */
export function Message({ entry, sender, open, fresh, connection, reader, actions }: Props) {
  const t = chatText(reader.language).conversation
  const message = 'message' in entry ? entry.message : null
  const outgoing = 'outgoing' in entry ? entry.outgoing : null
  const onItsWay = connection === 'live' ? t.sending : t.waiting
  const body = message?.body ?? outgoing?.body ?? ''
  // Looking for links is the dear part of a long history, and a body seldom changes.
  const rich = useMemo(() => <RichText text={body} />, [body])
  return (
    <li id={message ? `m-${message.seq}` : undefined} class={`message ${fresh ? 'fresh' : ''}`}>
      <span class="hidden">{sender}: </span>
      {message?.deletedAt ? (
        <div class="body deleted">{t.messageDeleted}</div>
      ) : (
        <div class={`body ${isEmojiOnly(body) ? 'emoji' : ''} ${outgoing?.state ?? ''}`} dir="auto">
          {rich}
        </div>
      )}
      <div class="meta">
        {message?.editedAt && !message.deletedAt && (
          <span title={fullTime(message.editedAt, reader)}>{t.edited}</span>
        )}
        <time datetime={entry.createdAt} title={fullTime(entry.createdAt, reader)}>
          {clockTime(entry.createdAt, reader)}
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
            <WarningIcon /> {t.failed} {outgoing.reason}
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
}
