import type { Language } from '../../src/accounts/profile/schema.ts'
import type { ApiError } from '../sync/api.ts'
import { chatText } from '../text/chat-text.ts'
import type { ChatText } from '../text/en.ts'

type Code = keyof ChatText['errors']

/** The texts for rejections without a known error code, by status. */
const BY_STATUS: Partial<Record<number, Code>> = { 404: 'undeliverable', 409: 'conflict', 413: 'body_long' }

/** Explains the rejection of a message in `language`; the API's own `detail` is in English. */
export function refusalText(language: Language, { status, problem }: ApiError): string {
  const { errors } = chatText(language)
  const code = problem.errors?.[0]?.code ?? ''
  const text = errors[Object.hasOwn(errors, code) ? (code as Code) : (BY_STATUS[status] ?? 'rejected')]
  return typeof text === 'function' ? text(1) : text
}
