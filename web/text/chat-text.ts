import type { Language } from '../../src/accounts/profile/schema.ts'
import { chat as en } from './en/chat.ts'
import { chat as zh } from './zh/chat.ts'

/** The texts of the conversation in `language`. The browser loads only these, not the texts of other pages. */
export const chatText = (language: Language) => ({ en, zh })[language]

/** BCP 47 tags for `<html lang>` and for Intl; `en-GB` for the order of dates and the 24-hour clock. */
export const tags: Record<Language, { html: string; intl: string }> = {
  en: { html: 'en', intl: 'en-GB' },
  zh: { html: 'zh-Hans', intl: 'zh-CN' },
}

export type Sentences = Record<string, string | ((minutes: number) => string)>

/** The text for an error code of a send; an unknown code is returned unchanged. */
export const chatErrorText = (language: Language, code: string, minutes?: number) =>
  sentence(chatText(language).errors, code, minutes)

export function sentence(sentences: Sentences, code: string, minutes = 1): string {
  const found = Object.hasOwn(sentences, code) ? sentences[code] : undefined
  return typeof found === 'function' ? found(minutes) : (found ?? code)
}
