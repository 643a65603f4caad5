import { expect, test } from 'bun:test'
import { pending, settled } from '../../test/support/page-fakes.ts'
import { createConversationList } from './conversation-list.ts'

/** A list that records what it fetches and shows; a path is answered when its `answers` entry resolves. */
function play({ rows = 2 as number | null, showsRows = true } = {}) {
  const asked: string[] = []
  const shown: string[] = []
  const network = { answer: (path: string): Promise<string> => Promise.resolve(path) }
  const view = {
    rows,
    rowCount: () => view.rows,
    selected: () => 'bob',
    showList: async (html: string) => void shown.push(`list ${html}`),
    async showRow(html: string) {
      if (showsRows) shown.push(`row ${html}`)
      return showsRows
    },
  }
  const list = createConversationList({
    view,
    fragment(path) {
      asked.push(path)
      return network.answer(path)
    },
  })
  return { asked, shown, network, view, list }
}

test('A hint fetches and shows the row of its conversation, and nothing else', async () => {
  const { asked, shown, list } = play()
  await list.refreshRow('eve')
  expect(asked).toEqual(['/conversations/eve'])
  expect(shown).toEqual(['row /conversations/eve'])
})

test('The whole list is fetched with as many rows as are shown, within bounds, and with who is open', async () => {
  const asked = await Promise.all(
    [2, 40, 140].map(async (rows) => {
      const { asked, list } = play({ rows })
      await list.refresh()
      return asked
    }),
  )
  expect(asked).toEqual([
    ['/conversations?selected=bob&limit=15'],
    ['/conversations?selected=bob&limit=40'],
    ['/conversations?selected=bob&limit=100'],
  ])
})

test('Many hints for one conversation are one request, and one more after it', async () => {
  const { asked, network, list } = play()
  const answer = pending<string>()
  network.answer = () => answer.promise
  for (let n = 0; n < 5; n++) void list.refreshRow('eve')
  await settled()
  expect(asked).toHaveLength(1)
  answer.resolve('')
  await settled()
  expect(asked).toEqual(['/conversations/eve', '/conversations/eve'])
})

test('The whole list waits for a row that is being fetched, so that the older answer cannot replace it', async () => {
  const { asked, shown, network, list } = play()
  const answer = pending<string>()
  network.answer = () => answer.promise
  void list.refreshRow('eve')
  const done = list.refresh()
  await settled()
  expect(asked).toEqual(['/conversations/eve'])
  network.answer = async () => 'all'
  answer.resolve('eve')
  await done
  expect(shown).toEqual(['row eve', 'list all'])
})

test('The whole list replaces the rows that were waiting', async () => {
  const { asked, network, list } = play()
  const answer = pending<string>()
  network.answer = () => answer.promise
  void list.refresh()
  void list.refreshRow('eve')
  void list.refresh()
  answer.resolve('')
  await settled()
  expect(asked.filter((path) => path === '/conversations/eve')).toEqual([])
  expect(asked).toHaveLength(2)
})

test('Many conversations at once fetch the whole list', async () => {
  const { asked, network, list } = play()
  const answer = pending<string>()
  network.answer = () => answer.promise
  for (const person of ['ada', 'bob', 'cleo', 'dan', 'eve', 'fay', 'gus']) void list.refreshRow(person)
  answer.resolve('')
  await settled()
  expect(asked).toEqual(['/conversations/ada', '/conversations?selected=bob&limit=15'])
})

test('A first conversation, whose row has no list to go into, fetches the whole list', async () => {
  const { asked, shown, list } = play({ rows: 0, showsRows: false })
  await list.refreshRow('eve')
  expect(asked).toEqual(['/conversations/eve', '/conversations?selected=bob&limit=15'])
  expect(shown).toEqual(['list /conversations?selected=bob&limit=15'])
})

test('A refresh that fails shows nothing, and the next one works', async () => {
  const { shown, network, list } = play()
  network.answer = () => Promise.reject(new Error('no network'))
  await list.refresh()
  await list.refreshRow('eve')
  expect(shown).toEqual([])
  network.answer = async () => 'eve'
  await list.refreshRow('eve')
  expect(shown).toEqual(['row eve'])
})

test('A page without a list fetches none', async () => {
  const { asked, list } = play({ rows: null })
  await list.refresh()
  await list.refreshRow('eve')
  expect(asked).toEqual([])
})
