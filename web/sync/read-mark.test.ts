import { expect, test } from 'bun:test'
import { pending, settled } from '../../test/support/page-fakes.ts'
import { ApiError, NetworkError } from './api.ts'
import { createReadMark } from './read-mark.ts'

function setup() {
  const sent: string[] = []
  const page = { visible: true, answer: () => Promise.resolve() }
  const mark = createReadMark({
    read(person, seq) {
      sent.push(`${person} ${seq}`)
      return page.answer()
    },
    visible: () => page.visible,
  })
  return { mark, page, sent }
}

test('The read mark of each conversation only moves forward', async () => {
  const { mark, sent } = setup()
  for (const seq of [3, 2, 3]) mark.read('bob', seq)
  await settled()
  mark.read('bob', 3)
  mark.read('eve', 1)
  await settled()
  expect(sent).toEqual(['bob 3', 'eve 1'])
})

test('Reads during a request are merged into one more request', async () => {
  const { mark, page, sent } = setup()
  const first = pending<void>()
  page.answer = () => first.promise
  for (const seq of [1, 2, 3, 4]) mark.read('bob', seq)
  first.resolve()
  await settled()
  expect(sent).toEqual(['bob 1', 'bob 4'])
})

test('A hidden page sends no read mark until it is visible', async () => {
  const { mark, page, sent } = setup()
  page.visible = false
  mark.read('bob', 1)
  await settled()
  expect(sent).toEqual([])
  page.visible = true
  mark.flush()
  await settled()
  expect(sent).toEqual(['bob 1'])
})

test('A failed read mark is retried, but not when the server rejects it', async () => {
  const { mark, page, sent } = setup()
  page.answer = () => Promise.reject(new NetworkError())
  mark.read('bob', 1)
  await settled()
  page.answer = () => Promise.reject(new ApiError(404, {}, 0))
  mark.flush()
  await settled()
  mark.flush()
  await settled()
  expect(sent).toEqual(['bob 1', 'bob 1'])
})
