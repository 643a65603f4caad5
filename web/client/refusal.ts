import type { Language } from '../../src/accounts/profile/schema.ts'
import type { ApiError } from '../sync/api.ts'
import { chatErrorText, chatText } from '../text/chat-text.ts'

/** The codes of rejections without a known error code, by status. */
const BY_STATUS: Partial<Record<number, string>> = { 404: 'undeliverable', 409: 'conflict', 413: 'body_long' }

/** Explains the rejection of a message in `language`; the API's own `detail` is in English. */
export function refusalText(language: Language, { status, problem }: ApiError): string {
  const code = problem.errors?.[0]?.code ?? ''
  const isKnown = Object.hasOwn(chatText(language).errors, code)
  return chatErrorText(language, isKnown ? code : (BY_STATUS[status] ?? 'rejected'))
}
