import type { Language } from '../../src/accounts/profile/schema.ts'
import { chat as en } from './en/chat.ts'
import { chat as zh } from './zh/chat.ts'

/** What the conversation says in `language`. The browser loads this, and none of the other pages' sentences. */
export const chatText = (language: Language) => ({ en, zh })[language]

/** BCP 47 tags for `<html lang>` and for Intl; `en-GB` for an order of dates and a clock that all readers know. */
export const tags: Record<Language, { html: string; intl: string }> = {
  en: { html: 'en', intl: 'en-GB' },
  zh: { html: 'zh-Hans', intl: 'zh-CN' },
}

export type Sentences = Record<string, string | ((minutes: number) => string)>

/** The sentence for an error code that sending a message can meet; what is no such code comes back as it is. */
export const chatErrorText = (language: Language, code: string, minutes?: number) =>
  sentence(chatText(language).errors, code, minutes)

export function sentence(sentences: Sentences, code: string, minutes = 1): string {
  const found = Object.hasOwn(sentences, code) ? sentences[code] : undefined
  return typeof found === 'function' ? found(minutes) : (found ?? code)
}
