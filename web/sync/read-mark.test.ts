import { expect, test } from 'bun:test'
import { FakeClock, pending } from '../../test/support/page-fakes.ts'
import { ApiError, NetworkError } from './api.ts'
import { createReadMark, READ_INTERVAL_MS } from './read-mark.ts'

function setup() {
  const sent: string[] = []
  const network = { answer: () => Promise.resolve() }
  const clock = new FakeClock()
  const mark = createReadMark({
    read(person, seq) {
      sent.push(`${person} ${seq}`)
      return network.answer()
    },
    clock,
    random: () => 0,
  })
  /** Lets `ms` milliseconds pass, by default so many that the next mark is sent at once. */
  const pass = (ms = READ_INTERVAL_MS) => clock.pass(ms)
  return { mark, network, sent, pass }
}

test('The read mark of each conversation only moves forward', async () => {
  const { mark, sent, pass } = setup()
  for (const seq of [3, 2, 3]) mark.read('bob', seq)
  await pass()
  mark.read('bob', 3)
  mark.read('eve', 1)
  await pass()
  expect(sent).toEqual(['bob 3', 'eve 1'])
})

test('One message is marked at once, and a burst of messages once per interval', async () => {
  const { mark, sent, pass } = setup()
  for (let seq = 1; seq <= 9; seq++) {
    mark.read('bob', seq)
    await pass(READ_INTERVAL_MS / 4)
  }
  await pass()
  expect(sent).toEqual(['bob 1', 'bob 4', 'bob 8', 'bob 9'])
})

test('Leaving the page sends the newest mark at once, also during a request', async () => {
  const { mark, network, sent, pass } = setup()
  network.answer = () => pending<void>().promise
  mark.read('bob', 1)
  await pass(1)
  mark.read('bob', 2)
  mark.leave()
  expect(sent).toEqual(['bob 1', 'bob 2'])
})

test('Reads during a request are merged into one more request', async () => {
  const { mark, network, sent, pass } = setup()
  const first = pending<void>()
  network.answer = () => first.promise
  for (const seq of [1, 2, 3, 4]) {
    mark.read('bob', seq)
    await pass()
  }
  first.resolve()
  await pass()
  expect(sent).toEqual(['bob 1', 'bob 4'])
})

test('A failed read mark is retried, but not when the server rejects it', async () => {
  const { mark, network, sent, pass } = setup()
  network.answer = () => Promise.reject(new NetworkError())
  mark.read('bob', 1)
  await pass(1)
  network.answer = () => Promise.reject(new ApiError(404, {}, 0))
  await pass()
  await pass(60_000)
  expect(sent).toEqual(['bob 1', 'bob 1'])
})

test('The marks of other conversations are sent while the one of a conversation fails', async () => {
  const { mark, network, sent, pass } = setup()
  network.answer = () =>
    sent.at(-1)?.startsWith('ada') ? Promise.reject(new ApiError(500, {}, 0)) : Promise.resolve()
  mark.read('ada', 5)
  mark.read('bob', 9)
  await pass(1)
  expect(sent).toEqual(['ada 5', 'bob 9'])
})
