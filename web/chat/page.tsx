import type { Viewer } from '../../src/accounts/schema.ts'
import { text } from '../text/text.ts'
import { Mark } from '../ui/icons.tsx'
import { Conversation } from './conversation.tsx'
import type { ConversationProps } from './conversation-props.ts'
import { Sidebar, type SidebarProps } from './sidebar.tsx'

export type ChatPageProps = {
  me: SidebarProps['me']
  viewer: Viewer
  side: Pick<SidebarProps, 'search' | 'conversations' | 'people'>
  /** The username whose conversation is open. */
  selected: string | null
  conversation: ConversationProps | null
}

/** The chat page: the lists on the left, one conversation on the right; on a phone, one of them. */
export function ChatPage({ me, viewer, side, selected, conversation }: ChatPageProps) {
  return (
    <div class="app">
      <a class="skip" href="#main">
        {text(viewer.language).skip}
      </a>
      <Sidebar {...side} me={me} viewer={viewer} selected={selected} />
      <main id="main" tabindex={-1}>
        <MainPane viewer={viewer} conversation={conversation} />
      </main>
    </div>
  )
}

/** The content of `#main`: the conversation with the props to hydrate it, or a welcome text. */
export function MainPane({ viewer, conversation }: Pick<ChatPageProps, 'viewer' | 'conversation'>) {
  const t = text(viewer.language).empty
  if (!conversation) {
    return (
      <div class="blank">
        <Mark large />
        <h1>{t.title}</h1>
        <p>{t.hint}</p>
      </div>
    )
  }
  return (
    <>
      <div id="conversation">
        <Conversation {...conversation} />
      </div>
      <script
        type="application/json"
        id="conversation-props"
        // Without `<`, no text of a user can end the script block.
        dangerouslySetInnerHTML={{ __html: JSON.stringify(conversation).replaceAll('<', '\\u003c') }}
      />
    </>
  )
}
