import { createContext } from 'preact'
import { useContext } from 'preact/hooks'
import type { Viewer } from '../../src/accounts/profile/schema.ts'
import { chatText } from '../text/chat-text.ts'
import type { ChatText } from '../text/en.ts'

/**
 * The viewer of the page: their language, time zone and theme. The server provides it at the root of each page and
 * fragment, the browser at the root of the conversation.
 */
export const ViewerContext = createContext<Viewer | null>(null)

/** Returns the viewer of the page. @throws Error outside of a {@link ViewerContext} */
export function useViewer(): Viewer {
  const viewer = useContext(ViewerContext)
  if (!viewer) throw new Error('No ViewerContext')
  return viewer
}

/** Returns the texts of the conversation in the viewer's language, for components that run in the browser. */
export function useChatText(): ChatText {
  return chatText(useViewer().language)
}

/**
 * Returns the `colon` before a value, and the `gap` between a sentence and the next one or a link. Chinese punctuation is
 * full-width, so that no space follows.
 */
export function usePunctuation(): { colon: string; gap: string } {
  return useViewer().language === 'zh' ? { colon: '：', gap: '' } : { colon: ': ', gap: ' ' }
}
