import { expect, test } from 'bun:test'
import type { VNode } from 'preact'
import { renderToString } from 'preact-render-to-string'
import type { Language } from '../../src/accounts/profile/schema.ts'
import { SignInForm } from '../auth/sign-in.tsx'
import { Message } from '../chat/message.tsx'
import { TokensPage } from '../settings/api-tokens.tsx'
import { ViewerContext } from './viewer.ts'

const textOf = (language: Language, page: VNode) =>
  renderToString(
    <ViewerContext value={{ language, zone: 'UTC', theme: null }}>{page}</ViewerContext>,
  ).replace(/<[^>]*>/g, '')
const signIn = <SignInForm values={{}} errors={{}} next={null} provider={null} passwords signUpIsOpen />
const tokens = (
  <TokensPage
    tokens={[]}
    created={null}
    revoked={false}
    typed={{ name: '', days: 7 }}
    needsCode={false}
    errors={{}}
  />
)
const createdAt = '2026-11-23T08:15:30.123Z'
const failed = { clientId: '1', body: 'x', createdAt, state: 'failed', reason: '理由' } as const
const message = (
  <Message
    entry={{ outgoing: failed, own: true, createdAt, key: '1', time: 0, day: '' }}
    sender="林"
    open
    fresh={false}
    connection="live"
    actions={undefined}
  />
)

test('no space follows Chinese punctuation', () => {
  expect(textOf('zh', signIn)).toContain('还没有账号？创建账号')
  expect(textOf('zh', tokens)).toContain('但不能更改账号。API 文档')
  expect(textOf('zh', message)).toMatch(/^林：x.*发送失败。理由/)
})

test('a space follows English punctuation', () => {
  expect(textOf('en', signIn)).toContain('New here? Create an account')
  expect(textOf('en', tokens)).toContain("can't change your account. API documentation")
  expect(textOf('en', message)).toMatch(/^林: x.*Not sent\. 理由/)
})
