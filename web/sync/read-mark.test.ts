import { expect, test } from 'bun:test'
import { pending, settled } from '../../test/support/page-fakes.ts'
import { ApiError, NetworkError } from './api.ts'
import { createReadMark } from './read-mark.ts'

function play() {
  const told: string[] = []
  const page = { visible: true, answer: () => Promise.resolve() }
  const mark = createReadMark({
    read(person, seq) {
      told.push(`${person} ${seq}`)
      return page.answer()
    },
    visible: () => page.visible,
  })
  return { mark, page, told }
}

test('The read mark only moves forward, and for each person alone', async () => {
  const { mark, told } = play()
  for (const seq of [3, 2, 3]) mark.read('bob', seq)
  await settled()
  mark.read('bob', 3)
  mark.read('eve', 1)
  await settled()
  expect(told).toEqual(['bob 3', 'eve 1'])
})

test('What is read while the server is being told is told in one more call', async () => {
  const { mark, page, told } = play()
  const first = pending<void>()
  page.answer = () => first.promise
  for (const seq of [1, 2, 3, 4]) mark.read('bob', seq)
  first.resolve()
  await settled()
  expect(told).toEqual(['bob 1', 'bob 4'])
})

test('Nothing is read in a page that nobody sees, until somebody does', async () => {
  const { mark, page, told } = play()
  page.visible = false
  mark.read('bob', 1)
  await settled()
  expect(told).toEqual([])
  page.visible = true
  mark.flush()
  await settled()
  expect(told).toEqual(['bob 1'])
})

test('What could not be told is told later, but not when the server says no', async () => {
  const { mark, page, told } = play()
  page.answer = () => Promise.reject(new NetworkError())
  mark.read('bob', 1)
  await settled()
  page.answer = () => Promise.reject(new ApiError(404, {}, 0))
  mark.flush()
  await settled()
  mark.flush()
  await settled()
  expect(told).toEqual(['bob 1', 'bob 1'])
})
