import { errorText, type Text, text } from '../text/text.ts'
import { useViewer } from './viewer.ts'

/** Returns all texts in the viewer's language, for components that only the server renders. */
export function useText(): Text {
  return text(useViewer().language)
}

/** Returns {@link errorText} in the viewer's language. */
export function useErrorText(): (code: string) => string {
  const { language } = useViewer()
  return (code) => errorText(language, code)
}
