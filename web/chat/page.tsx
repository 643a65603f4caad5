import { Mark } from '../ui/icons.tsx'
import { useText } from '../ui/use-text.ts'
import { useViewer } from '../ui/viewer.ts'
import { Conversation } from './conversation.tsx'
import type { ConversationProps, HydrationProps } from './conversation-props.ts'
import { Sidebar, type SidebarProps } from './sidebar.tsx'

export type ChatPageProps = {
  me: SidebarProps['me']
  side: Pick<SidebarProps, 'search' | 'conversations' | 'people'>
  /** The username whose conversation is open. */
  selected: string | null
  conversation: ConversationProps | null
}

/** The chat page: the lists on the left, one conversation on the right; on a phone, one of them. */
export function ChatPage({ me, side, selected, conversation }: ChatPageProps) {
  const { skip } = useText()
  return (
    <div class="app">
      <a class="skip" href="#main">
        {skip}
      </a>
      <Sidebar {...side} me={me} selected={selected} />
      <main id="main" tabindex={-1}>
        <MainPane conversation={conversation} />
      </main>
    </div>
  )
}

/** The content of `#main`: the conversation with the props to hydrate it, or a welcome text. */
export function MainPane({ conversation }: Pick<ChatPageProps, 'conversation'>) {
  const t = useText().empty
  const viewer = useViewer()
  if (!conversation) {
    return (
      <div class="blank">
        <Mark large />
        <h1>{t.title}</h1>
        <p>{t.hint}</p>
      </div>
    )
  }
  const hydrationProps: HydrationProps = { ...conversation, viewer }
  return (
    <>
      <div id="conversation">
        <Conversation {...conversation} />
      </div>
      <script
        type="application/json"
        id="conversation-props"
        // Without `<`, no text of a user can end the script block.
        dangerouslySetInnerHTML={{ __html: JSON.stringify(hydrationProps).replaceAll('<', '\\u003c') }}
      />
    </>
  )
}
