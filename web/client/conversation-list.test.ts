import { expect, test } from 'bun:test'
import { FakeClock, pending, settled } from '../../test/support/page-fakes.ts'
import { ApiError, NetworkError } from '../sync/api.ts'
import { createConversationList, ROW_PACE } from './conversation-list.ts'

/** A list that records the paths it requests and the rows it shows. */
function setup({ rows = 2 as number | null, showsRows = true } = {}) {
  const requested: string[] = []
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
  const clock = new FakeClock()
  const list = createConversationList({
    view,
    clock,
    random: () => 0,
    fragment(path) {
      requested.push(path)
      return network.answer(path)
    },
  })
  /** Announces an event of each conversation, and waits until their rows are due. */
  const refreshRows = async (...people: string[]) => {
    for (const person of people) list.refreshRow(person)
    await clock.pass(ROW_PACE.interval)
  }
  return { requested, shown, network, view, list, clock, refreshRows }
}

test('An event fetches and shows only the row of its conversation', async () => {
  const { requested, shown, refreshRows } = setup()
  await refreshRows('eve')
  expect(requested).toEqual(['/conversations/eve'])
  expect(shown).toEqual(['row /conversations/eve'])
})

test('The whole list is fetched with the open conversation and as many rows as are shown, within bounds', async () => {
  const requested = await Promise.all(
    [2, 40, 140].map(async (rows) => {
      const { requested, list } = setup({ rows })
      await list.refresh()
      return requested
    }),
  )
  expect(requested).toEqual([
    ['/conversations?selected=bob&limit=15'],
    ['/conversations?selected=bob&limit=40'],
    ['/conversations?selected=bob&limit=100'],
  ])
})

test('The two events of a message that is read at once cause one request', async () => {
  const { requested, list, clock } = setup()
  list.refreshRow('eve')
  await clock.pass(ROW_PACE.delay - 1)
  list.refreshRow('eve')
  await clock.pass(10_000)
  expect(requested).toEqual(['/conversations/eve'])
})

test('A burst of events causes one request per interval', async () => {
  const { requested, refreshRows } = setup()
  for (let n = 0; n < 5; n++) await refreshRows('eve', 'eve', 'eve')
  expect(requested).toEqual(Array(5).fill('/conversations/eve'))
})

test('Events during a request are merged into one more request', async () => {
  const { requested, network, refreshRows } = setup()
  const answer = pending<string>()
  network.answer = () => answer.promise
  for (let n = 0; n < 5; n++) await refreshRows('eve')
  expect(requested).toHaveLength(1)
  answer.resolve('')
  await settled()
  expect(requested).toEqual(['/conversations/eve', '/conversations/eve'])
})

test('The whole list waits for the request of a row, so that the older response cannot replace it', async () => {
  const { requested, shown, network, list, refreshRows } = setup()
  const answer = pending<string>()
  network.answer = () => answer.promise
  await refreshRows('eve')
  const done = list.refresh()
  await settled()
  expect(requested).toEqual(['/conversations/eve'])
  network.answer = async () => 'all'
  answer.resolve('eve')
  await done
  expect(shown).toEqual(['row eve', 'list all'])
})

test('The whole list replaces pending requests of rows', async () => {
  const { requested, network, list, refreshRows } = setup()
  const answer = pending<string>()
  network.answer = () => answer.promise
  void list.refresh()
  await refreshRows('eve')
  void list.refresh()
  answer.resolve('')
  await settled()
  expect(requested.filter((path) => path === '/conversations/eve')).toEqual([])
  expect(requested).toHaveLength(2)
})

test('Events of many conversations at once fetch the whole list', async () => {
  const { requested, refreshRows } = setup()
  await refreshRows('ada', 'bob', 'cleo', 'dan', 'eve', 'fay', 'gus')
  expect(requested).toEqual(['/conversations?selected=bob&limit=15'])
})

test('The row of a first conversation fetches the whole list, since there is none to insert it in', async () => {
  const { requested, shown, refreshRows } = setup({ rows: 0, showsRows: false })
  await refreshRows('eve')
  expect(requested).toEqual(['/conversations/eve', '/conversations?selected=bob&limit=15'])
  expect(shown).toEqual(['list /conversations?selected=bob&limit=15'])
})

test('A rejected row does not affect the others', async () => {
  const { requested, network, refreshRows } = setup({ rows: 0, showsRows: false })
  const slow = pending<string>()
  network.answer = (path) =>
    path.endsWith('eve')
      ? Promise.reject(new ApiError(404, {}, 0))
      : path.endsWith('ada')
        ? slow.promise
        : Promise.resolve('')
  await refreshRows('eve', 'ada')
  slow.resolve('')
  await settled()
  expect(requested.at(-1)).toBe('/conversations?selected=bob&limit=15')
})

test('A failed refresh is retried with the whole list', async () => {
  const { shown, network, list, clock, refreshRows } = setup()
  network.answer = () => Promise.reject(new NetworkError())
  await list.refresh()
  await refreshRows('eve')
  expect(shown).toEqual([])
  network.answer = async () => 'all'
  await clock.pass(ROW_PACE.interval)
  expect(shown).toEqual(['list all'])
})

test('A refresh that the server rejects is not retried', async () => {
  const { requested, network, clock, refreshRows } = setup()
  network.answer = () => Promise.reject(new ApiError(404, {}, 0))
  await refreshRows('eve')
  await clock.pass(60_000)
  expect(requested).toEqual(['/conversations/eve'])
})

test('A page without a list fetches none', async () => {
  const { requested, list, refreshRows } = setup({ rows: null })
  await list.refresh()
  await refreshRows('eve')
  expect(requested).toEqual([])
})
