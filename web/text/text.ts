import type { Language } from '../../src/accounts/profile/schema.ts'
import { chatText, sentence } from './chat-text.ts'
import { type ChatText, pages as en, type PageText } from './en.ts'
import { pages as zh } from './zh.ts'

export { tags } from './chat-text.ts'

export type Text = ChatText & PageText

const merge = (chat: ChatText, pages: PageText): Text => ({
  ...chat,
  ...pages,
  errors: { ...chat.errors, ...pages.errors },
})
const texts = { en: merge(chatText('en'), en), zh: merge(chatText('zh'), zh) }

/** All texts in `language`, for the server. The browser loads only `chatText`. */
export const text = (language: Language): Text => texts[language]

/** The text for an error code; any other string is returned unchanged. */
export const errorText = (language: Language, code: string, minutes?: number): string =>
  sentence(text(language).errors, code, minutes)
