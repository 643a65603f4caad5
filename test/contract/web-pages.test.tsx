import { expect, test } from 'bun:test'
import type { VNode } from 'preact'
import { renderToString } from 'preact-render-to-string'
import { SignInForm } from '../../web/auth/sign-in.tsx'
import { SignUpPage } from '../../web/auth/sign-up.tsx'
import { ConversationRows } from '../../web/chat/conversation-list.tsx'
import type { ConversationProps } from '../../web/chat/conversation-props.ts'
import { ChatPage, MainPane } from '../../web/chat/page.tsx'
import { PeopleList } from '../../web/chat/people-list.tsx'
import { SettingsPage } from '../../web/settings/profile.tsx'
import { ErrorPage } from '../../web/ui/error.tsx'
import { Layout } from '../../web/ui/layout.tsx'
import { viewer, withViewer } from '../support/viewer.tsx'

const ada = { username: 'ada', displayName: 'Ada', email: null, role: 'user' as const }
const bob = { username: 'bob', displayName: 'Bob' }
const evil = '</script><img src=x onerror=alert(1)>'
const message = {
  id: '1-1',
  seq: 1,
  version: 1,
  sender: 'bob',
  recipient: 'ada',
  body: evil,
  createdAt: '2026-11-23T12:00:00.000Z',
  editedAt: null,
  deletedAt: null,
  clientId: null,
}
const conversation: ConversationProps = {
  me: ada,
  person: bob,
  open: true,
  blocked: false,
  messages: [message],
  outbox: [],
  previous: null,
  version: 1,
  readSeq: 0,
  connection: 'connecting',
}
const row = {
  id: '1',
  person: bob,
  lastMessage: message,
  unread: 1,
  lastSeq: 1,
  readSeq: 0,
  version: 1,
  activeAt: message.createdAt,
}
const side = {
  search: '',
  conversations: { rows: [row], next: null },
  people: { results: [bob], next: null },
}
const signUp = { values: {}, next: null, provider: null, passwords: true }
const assets = { client: { en: '/assets/client.js', zh: '/assets/client.js' }, styles: '/assets/styles.css' }

test('no page has inline styles, scripts or handlers, which the content security policy forbids', () => {
  const pages: VNode[] = [
    <ChatPage key="1" me={ada} side={side} selected="bob" conversation={conversation} />,
    <SignUpPage key="2" {...signUp} errors={{ username: 'taken' }} adminReadsMessages />,
    <SettingsPage
      key="3"
      account={ada}
      preferences={{ ...viewer, language: null }}
      zones={['Europe/Berlin']}
      pendingEmail="ada@example.org"
      adminReadsMessages
      needsCode={false}
      outcome={{ form: 'settings', saved: true, errors: {} }}
    />,
    <ErrorPage key="4" status={404} />,
  ]
  for (const page of pages) {
    const html = renderToString(
      <Layout title="ChatApp" viewer={viewer} assets={assets}>
        {page}
      </Layout>,
    )
    expect(html).not.toMatch(/<style|<[^>]*\s(style|on\w+)=/)
    const scripts = html.match(/<script\b[^>]*>/g) ?? []
    for (const script of scripts) expect(script).toMatch(/ src="\/assets\/| type="application\/json"/)
  }
})

test('a message is escaped on the page and in the JSON for the script', () => {
  const html = renderToString(withViewer(<MainPane conversation={conversation} />))
  expect(html).not.toContain('<img')
  const json = /id="conversation-props">(.*)<\/script>$/s.exec(html)![1]!
  expect(JSON.parse(json)).toEqual(JSON.parse(JSON.stringify({ ...conversation, viewer })))
})

test('a conversation without JavaScript has a form, unread marks and errors', () => {
  const html = renderToString(
    withViewer(
      <MainPane conversation={{ ...conversation, draft: 'hel\nlo', error: 'body_long', clientId: 'c1' }} />,
    ),
  )
  expect(html).toContain('<form class="composer" method="post" action="/chat/bob">')
  expect(html).toContain('name="clientId" value="c1"')
  expect(html).toMatch(
    /<textarea[^>]*aria-invalid="true" aria-describedby="composer-problem"[^>]*>hel\nlo<\/textarea>/,
  )
  expect(html).toMatch(/<noscript><form[^>]*action="\/chat\/bob\/read"/)
  expect(html).toContain('class="new-line"')
})

test('earlier messages have a link', () => {
  const html = renderToString(withViewer(<MainPane conversation={{ ...conversation, previous: 16 }} />))
  expect(html).toContain('href="/chat/bob?before=16"')
})

test('a search term without results is repeated as text', () => {
  const html = renderToString(
    withViewer(<PeopleList results={[]} next={null} search="<b>x" selected={null} />),
  )
  expect(html).toContain('No results for “&lt;b>x”')
})

test('a row shows the last sender, the unread count and whether it is open', () => {
  const own = { ...message, sender: 'ada', recipient: 'bob', body: 'hello' }
  const rows = renderToString(
    withViewer(
      <ConversationRows
        rows={[{ ...row, lastMessage: own, unread: 100 }]}
        next="abc"
        selected="bob"
        me={ada}
      />,
    ),
  )
  expect(rows).toContain('You: hello')
  expect(rows).toMatch(/aria-current="page" data-unread="100"/)
  expect(rows).toContain('99+')
  expect(rows).toContain('More than 99 unread messages')
  expect(rows).toContain('href="/conversations?cursor=abc&amp;selected=bob"')
})

test('a form lists the invalid fields at the top, shows the error at the field, and never repeats the password', () => {
  const html = renderToString(
    withViewer(
      <SignInForm
        values={{ username: 'ada' }}
        errors={{ password: 'required', form: 'too_many' }}
        next="/chat/bob"
        provider={null}
        passwords
        signUpIsOpen
      />,
    ),
  )
  const [summary] = /<div[^>]*role="alert".*?<\/div>/s.exec(html)!
  expect(summary).toContain('Too many attempts.')
  expect(summary).toMatch(/Check this field:.*<a href="#field-password">Password<\/a>/s)
  expect(summary).not.toContain('Fill in this field.')
  expect(html).toContain('<p id="field-password-error" class="field-error">Fill in this field.</p>')
  expect(html).toMatch(
    /<input[^>]*name="password"[^>]*aria-invalid="true" aria-describedby="field-password-error"/,
  )
  expect(html).toContain('value="ada"')
  expect(html).toMatch(/type="hidden" name="next" value="\/chat\/bob"/)
  expect(html).not.toMatch(/type="password"[^>]*value=/)
})

test('the chosen time zone can be chosen again, also if its sign is inverted', () => {
  const zonesOf = (zone: string | null) => {
    const preferences = { language: null, theme: null, zone }
    const outcome = { form: 'settings' as const, saved: false, errors: {} }
    const shown = { account: ada, preferences, pendingEmail: null, needsCode: false }
    const props = { ...shown, zones: ['Europe/Berlin'], adminReadsMessages: false, outcome }
    const html = renderToString(withViewer(<SettingsPage {...props} />))
    return html.match(/<option[^>]*>(?:Etc|Europe\/Berlin)[^<]*/g)
  }
  expect(zonesOf(null)).toEqual(['<option value="Europe/Berlin">Europe/Berlin'])
  expect(zonesOf('Etc/GMT+1')).toEqual([
    '<option value="Europe/Berlin">Europe/Berlin',
    '<option value="Etc/GMT+1" selected>Etc/GMT+1',
  ])
})

test('the error of a field replaces its hint', () => {
  const form = (errors: Record<string, string>) =>
    renderToString(withViewer(<SignUpPage {...signUp} errors={errors} adminReadsMessages={false} />))
  expect(form({})).toContain('At least 8 characters')
  const html = form({ password: 'password_short' })
  expect(html.match(/[Aa]t least 8 characters/g)).toEqual(['at least 8 characters'])
  expect(html).toContain('aria-describedby="field-password-error"')
})

test('a wrong username or password is an error of the form, not of a field', () => {
  const html = renderToString(
    withViewer(
      <SignInForm
        values={{}}
        errors={{ password: 'credentials' }}
        next={null}
        provider={null}
        passwords
        signUpIsOpen
      />,
    ),
  )
  expect(html).toMatch(/role="alert"[^>]*><p>That username and password don't match\.<\/p><\/div>/)
  expect(html).not.toContain('aria-invalid')
})

test('the page has the language and theme of its viewer', () => {
  const html = renderToString(
    <Layout title="ChatApp" viewer={{ ...viewer, language: 'zh', theme: 'dark' }} assets={assets}>
      <ErrorPage status={404} />
    </Layout>,
  )
  expect(html).toStartWith('<html lang="zh-Hans" data-theme="dark">')
  expect(html).toContain('找不到页面')
})
