import { expect, spyOn, test } from 'bun:test'
import { Window } from 'happy-dom'
import { createListView } from './list-view.ts'

const row = (person: string, { unread = 0, minute = 0 } = {}) =>
  // The message has a later time than the activity, as after a clock that was ahead.
  `<li id="c-${person}" data-active="2026-11-23T12:${String(minute).padStart(2, '0')}:00.000Z"><a class="row" href="/chat/${person}" data-unread="${unread}">${person}<time datetime="2026-11-26T12:${59 - minute}:00.000Z"></time></a></li>`
const MORE = '<li class="more"><a href="/conversations?cursor=x">More</a></li>'

function setup(rows: string) {
  const document = new Window().document as unknown as Document
  document.title = 'ChatApp'
  document.body.innerHTML = `<aside id="side"><nav id="conversations"><ul class="rows">${rows}</ul></nav></aside>`
  const page = { selected: null as string | null }
  const view = createListView({
    document,
    selected: () => page.selected,
    async morph(target, html) {
      target.innerHTML = html
    },
  })
  const items = () => [...document.querySelectorAll('.rows > li')].map((item) => item.textContent)
  return { document, page, view, items }
}

test('A row with new activity moves to the top and keeps its element', async () => {
  const { document, view, items } = setup(row('bob', { minute: 2 }) + row('eve', { minute: 1 }))
  const eve = document.getElementById('c-eve')
  expect(await view.showRow(row('eve', { minute: 3, unread: 1 }))).toBe(true)
  expect(items()).toEqual(['eve', 'bob'])
  expect(document.getElementById('c-eve')).toBe(eve)
  expect(document.querySelectorAll('li')).toHaveLength(2)
})

test('The only row is not moved by new activity', async () => {
  const { document, view, items } = setup(row('bob', { minute: 1 }))
  const move = spyOn(document.querySelector('.rows')!, 'insertBefore')
  await view.showRow(row('bob', { minute: 2, unread: 1 }))
  expect(move).not.toHaveBeenCalled()
  expect(items()).toEqual(['bob'])
})

test('A row without new activity stays in place', async () => {
  const { document, view, items } = setup(row('bob', { minute: 1 }) + row('eve', { minute: 1, unread: 2 }))
  await view.showRow(row('eve', { minute: 1 }))
  expect(items()).toEqual(['bob', 'eve'])
  expect(document.querySelector('#c-eve a')?.getAttribute('data-unread')).toBe('0')
})

test('A new row is inserted in the order of activity', async () => {
  const { view, items } = setup(row('bob', { minute: 3 }) + row('eve', { minute: 1 }))
  await view.showRow(row('fay', { minute: 2 }))
  await view.showRow(row('gus', { minute: 0 }))
  expect(items()).toEqual(['bob', 'fay', 'eve', 'gus'])
})

test('A row that belongs after the loaded rows is not inserted', async () => {
  const { view, items } = setup(row('bob', { minute: 3 }) + MORE)
  await view.showRow(row('fay', { minute: 2 }))
  expect(items()).toEqual(['bob', 'More'])
  await view.showRow(row('fay', { minute: 4 }))
  expect(items()).toEqual(['fay', 'bob', 'More'])
})

test('A row that moves keeps the focus', async () => {
  const { document, view } = setup(row('bob', { minute: 2 }) + row('eve', { minute: 1 }))
  const item = document.getElementById('c-eve')!
  item.tabIndex = 0
  item.focus()
  await view.showRow(row('eve', { minute: 3 }))
  expect(document.activeElement).toBe(item)
})

test('A row is not shown where there is no list', async () => {
  const { document, view } = setup('')
  document.querySelector('.rows')?.remove()
  expect(await view.showRow(row('bob'))).toBe(false)
})

test('The row of the open conversation is marked, regardless of the server', async () => {
  const { document, page, view } = setup(row('bob') + row('eve'))
  page.selected = 'eve'
  const marked = row('bob').replace('data-unread', 'aria-current="page" data-unread')
  await view.showList(`<ul class="rows">${marked}${row('eve')}</ul>`)
  await view.showRow(row('eve', { minute: 1 }))
  const current = [...document.querySelectorAll('[aria-current]')].map((a) => a.textContent)
  expect(current).toEqual(['eve'])
})

test('The title keeps a name that begins with a number in brackets', async () => {
  const { document, view } = setup(row('ada'))
  for (const name of ['(3) Ada', '(99+) Ada']) {
    // As htmx does when it opens a conversation.
    document.title = name
    view.update()
    expect(document.title).toBe(name)
    await view.showRow(row('ada', { unread: 2 }))
    view.update()
    expect(document.title).toBe(`(2) ${name}`)
    await view.showRow(row('ada'))
    expect(document.title).toBe(name)
  }
})

test('The title counts the unread messages of all rows, up to 99', async () => {
  const { document, view } = setup(row('bob'))
  await view.showList(`<ul class="rows">${row('bob', { unread: 2 })}${row('eve', { unread: 1 })}</ul>`)
  expect(document.title).toBe('(3) ChatApp')
  await view.showRow(row('eve', { unread: 98 }))
  expect(document.title).toBe('(99+) ChatApp')
  await view.showRow(row('eve'))
  expect(document.title).toBe('(2) ChatApp')
  await view.showRow(row('bob'))
  expect(document.title).toBe('ChatApp')
})

test('A page without a list has no rows', () => {
  const { document, view } = setup('')
  document.body.innerHTML = ''
  expect(view.rowCount()).toBeNull()
})
