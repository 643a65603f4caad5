import { afterAll, expect, test } from 'bun:test'
import { newAdmin } from '../../test/support/admin.ts'
import { openChat, sqlite } from '../../test/support/chat.ts'

const chat = await openChat(sqlite)
afterAll(() => chat.close())

test('an unknown name in the query of a page is ignored', async () => {
  const root = await newAdmin(chat, 'root')
  const bob = await chat.signUp('bob')
  await root.say(bob, 'Hello')
  const pages = chat.app.routes
    .filter(({ method, path }) => method === 'GET' && !/^\/(api|assets|docs|health|openapi)/.test(path))
    .map(({ path }) => path.replace(':username', 'bob').replace(':id', '1'))
  expect(pages.length).toBeGreaterThan(20)
  const headers = { accept: 'text/html' }
  const statusOf = async (path: string) => {
    const response = await root.fetch(path, { headers })
    // An export runs until it has been read.
    await response.text()
    return response.status
  }
  for (const page of pages) {
    expect([page, await statusOf(`${page}?utm_source=x`)]).toEqual([page, await statusOf(page)])
  }
})
