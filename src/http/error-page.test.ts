import { afterAll, expect, test } from 'bun:test'
import { openChat, sqlite } from '../../test/support/chat.ts'
import { paths } from '../../web/paths.ts'

const chat = await openChat(sqlite)
afterAll(() => chat.close())
const ada = await chat.signUp('ada')
const HTML = { accept: 'text/html' }
const read = async (path: string, init: RequestInit = {}) => {
  const response = await ada.fetch(path, { ...init, headers: { ...HTML, ...init.headers } })
  return { status: response.status, html: await response.text() }
}

test('the page of an unknown person names the cause and links to the list, in both languages', async () => {
  for (const name of ['nobody', 'no body']) {
    const { status, html } = await read(paths.chat(name))
    expect(status).toBe(404)
    expect(html).toContain('<h1>No such person</h1>')
    expect(html).toMatch(/<a class="button" href="\/">Back to conversations<\/a>/)
  }
  const chinese = await read(paths.chat('nobody'), { headers: { 'accept-language': 'zh' } })
  expect(chinese.html).toContain('<h1>没有这个人</h1>')
})

test('a missing permission and a request from another site have different pages', async () => {
  const admin = await read(paths.admin)
  expect([admin.status, admin.html.includes("Your account isn't allowed to open this page.")]).toEqual([
    403,
    true,
  ])
  const foreign = await read(paths.settings, { method: 'POST', headers: { origin: 'https://evil.example' } })
  expect([foreign.status, foreign.html.includes('It came from another site.')]).toEqual([403, true])
})

test('a request that cannot be read is not a missing page', async () => {
  const body = '{'
  const broken = await read(paths.signIn, {
    method: 'POST',
    body,
    headers: { 'content-type': 'application/json' },
  })
  expect(broken.status).toBe(400)
  expect(broken.html).not.toContain('Page not found')
})
