import { useEffect, useRef, useState } from 'preact/hooks'
import { Avatar } from '../ui/avatar.tsx'
import { mainPaneLink } from '../ui/htmx-links.ts'
import { BackIcon, DownIcon } from '../ui/icons.tsx'
import { useChatText } from '../ui/viewer.ts'
import { Composer } from './composer.tsx'
import type { ConversationProps } from './conversation-props.ts'
import { EarlierMessages, LaterMessages } from './earlier-messages.tsx'
import { ComposerClosed, Menu } from './menu.tsx'
import { Messages } from './messages.tsx'
import { chatPaths } from './paths.ts'
import { useReadMark, useScroll } from './scroll.ts'

/** One conversation with its composer, rendered on the server and, with `actions`, interactive in the browser. */
export function Conversation(props: ConversationProps) {
  const { person, messages, actions } = props
  const t = useChatText().conversation
  const scroller = useRef<HTMLDivElement>(null)
  const [busy, setBusy] = useState(false)
  const [openedAt] = useState(messages.at(-1)?.seq ?? 0)
  const { atEnd, toEnd } = useScroll(scroller)
  const { newFrom, unseen } = useReadMark({ ...props, atEnd })
  useEffect(() => actions?.setAtEnd(atEnd), [actions, atEnd])

  return (
    <section class="conversation" aria-label={t.label(person.displayName)}>
      <ConversationHeader {...props} />
      <div class="log-frame">
        {/* With the tabindex, it can be scrolled by keyboard. */}
        <div
          ref={scroller}
          class="scroller"
          role="log"
          tabindex={0}
          aria-label={t.log(person.displayName)}
          aria-busy={busy}
        >
          <div class="log">
            <EarlierMessages {...props} scroller={scroller} onBusy={setBusy} />
            <Messages {...props} newFrom={newFrom} openedAt={openedAt} />
            <LaterMessages {...props} />
          </div>
        </div>
        {!atEnd && (
          <button
            class="to-end"
            type="button"
            onClick={() => toEnd('smooth')}
            aria-label={unseen ? undefined : t.toLatest}
          >
            {unseen > 0 && t.newCount(unseen)}
            <DownIcon />
          </button>
        )}
      </div>
      {props.open ? <Composer {...props} onSent={toEnd} /> : <ComposerClosed {...props} />}
      {!actions && newFrom !== null && (
        <noscript>
          <form class="mark-read" method="post" action={chatPaths.read(person.username)}>
            <button class="button quiet" type="submit">
              {t.markRead}
            </button>
          </form>
        </noscript>
      )}
    </section>
  )
}

function ConversationHeader(props: ConversationProps) {
  const { me, person, gone, connection, actions } = props
  const t = useChatText().conversation
  return (
    <>
      <header class="conversation-header">
        <a class="icon-button back" {...mainPaneLink(chatPaths.home)} title={t.back}>
          <BackIcon />
          <span class="hidden">{t.back}</span>
        </a>
        <Avatar person={person} />
        <div class="who">
          <h1>
            <bdi>{person.displayName}</bdi>
          </h1>
          {!gone && <p>{me.username === person.username ? t.notes : `@${person.username}`}</p>}
        </div>
        {/* Without JavaScript there is no connection, and no status to show. */}
        {actions && connection === 'connecting' && (
          <p class="connecting" role="status">
            {t.connecting}
          </p>
        )}
        {me.username !== person.username && <Menu {...props} />}
      </header>
      <div role="status">{actions && connection === 'offline' && <p class="offline">{t.offline}</p>}</div>
    </>
  )
}
