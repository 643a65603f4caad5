import { expect, test } from 'bun:test'
import { ApiError } from '../sync/api.ts'
import { refusalText } from './refusal.ts'

const refusal = (status: number, code?: string) =>
  new ApiError(status, { detail: 'The English detail.', errors: code ? [{ code }] : [] }, 0)

test.each([
  [422, 'body_long', '最多 4,000 个字符。'],
  [403, 'undeliverable', '无法给对方发消息。'],
  [404, undefined, '无法给对方发消息。'],
  [409, undefined, '这条消息已发送过，但内容不同。'],
  [413, undefined, '最多 4,000 个字符。'],
  [403, undefined, '服务器拒绝了这条消息。请刷新页面后重试。'],
  [422, 'a new code', '服务器拒绝了这条消息。请刷新页面后重试。'],
  [422, 'constructor', '服务器拒绝了这条消息。请刷新页面后重试。'],
])('status %p with code %p is explained in Chinese', (status, code, text) => {
  expect(refusalText('zh', refusal(status, code))).toBe(text)
})

test.each([400, 403, 404, 409, 413, 415, 422])('the detail of status %p is not shown', (status) => {
  for (const language of ['en', 'zh'] as const) {
    expect(refusalText(language, refusal(status))).not.toContain('detail')
    expect(refusalText(language, new ApiError(status, {}, 0))).toMatch(/[.。]$/)
  }
})
