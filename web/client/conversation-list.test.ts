import { expect, test } from 'bun:test'
import { Window } from 'happy-dom'
import { pending, settled } from '../../test/support/page-fakes.ts'
import { createConversationList, withUnread } from './conversation-list.ts'

const row = (person: string, unread: number) =>
  `<li><a class="row" href="/chat/${person}" data-unread="${unread}">${person}</a></li>`

function play(rows: string) {
  const document = new Window().document as unknown as Document
  document.title = 'ChatApp'
  document.body.innerHTML = `<aside id="side"><nav id="conversations"><ul>${rows}</ul></nav></aside>`
  const asked: string[] = []
  const page = {
    selected: null as string | null,
    answer: (): Promise<string> => Promise.resolve(`<ul>${rows}</ul>`),
  }
  const list = createConversationList({
    document,
    selected: () => page.selected,
    fragment(path) {
      asked.push(path)
      return page.answer()
    },
    async morph(target, html) {
      target.innerHTML = html
    },
  })
  return { document, asked, page, list }
}

test('The title shows how many messages are unread', async () => {
  const { document, page, list } = play(row('bob', 0))
  page.answer = async () => row('bob', 2) + row('eve', 1)
  await list.refresh()
  expect(document.title).toBe('(3) ChatApp')
  page.answer = async () => row('bob', 0)
  await list.refresh()
  expect(document.title).toBe('ChatApp')
})

test('A title that begins with a number in brackets gets the new number in its place', () => {
  expect(withUnread('(3) Bob · ChatApp', 12)).toBe('(12) Bob · ChatApp')
  expect(withUnread('(3) Bob · ChatApp', 0)).toBe('Bob · ChatApp')
  expect(withUnread('(99) Bob · ChatApp', 100)).toBe('(99+) Bob · ChatApp')
  expect(withUnread('(99+) Bob · ChatApp', 5)).toBe('(5) Bob · ChatApp')
})

test('The list is asked for with as many rows as are shown, and with who is open', async () => {
  const few = play(row('bob', 0))
  few.page.selected = 'bob'
  await few.list.refresh()
  const many = play(Array.from({ length: 40 }, (_, n) => row(`bob${n}`, 0)).join(''))
  await many.list.refresh()
  const most = play(Array.from({ length: 140 }, (_, n) => row(`bob${n}`, 0)).join(''))
  await most.list.refresh()
  expect([few, many, most].map(({ asked }) => asked[0])).toEqual([
    '/conversations?selected=bob&limit=15',
    '/conversations?limit=40',
    '/conversations?limit=100',
  ])
})

test('Many reasons to refresh at once are one request, and one more', async () => {
  const { asked, page, list } = play(row('bob', 0))
  const answer = pending<string>()
  page.answer = () => answer.promise
  for (let n = 0; n < 5; n++) list.refresh()
  answer.resolve('')
  await settled()
  expect(asked).toHaveLength(2)
})

test('The row of the open conversation is marked, whatever the server knew when it rendered', async () => {
  const { document, page, list } = play(row('bob', 0) + row('eve', 0))
  const answer = pending<string>()
  page.answer = () => answer.promise
  page.selected = 'bob'
  const done = list.refresh()
  page.selected = 'eve'
  answer.resolve(row('bob', 0).replace('data-', 'aria-current="page" data-') + row('eve', 0))
  await done
  const current = [...document.querySelectorAll('[aria-current]')].map((a) => a.textContent)
  expect(current).toEqual(['eve'])
})

test('A refresh that fails leaves the list as it is', async () => {
  const { document, page, list } = play(row('bob', 2))
  page.answer = () => Promise.reject(new Error('cut'))
  await list.refresh()
  expect(document.querySelector('.row')?.textContent).toBe('bob')
})

test('A page without a list asks for none', async () => {
  const { document, asked, list } = play('')
  document.body.innerHTML = ''
  await list.refresh()
  expect(asked).toEqual([])
})
