import { expect, test } from 'bun:test'
import { FakeClock } from '../../test/support/page-fakes.ts'
import { paced } from './paced.ts'

function setup() {
  const clock = new FakeClock()
  const start = clock.now()
  const ranAt: number[] = []
  const task = { run: async () => {} }
  const call = paced(
    () => {
      ranAt.push(clock.now() - start)
      return task.run()
    },
    { clock, random: () => 1, delay: 200, interval: 1000 },
  )
  return { clock, ranAt, call, task }
}

test('The first call runs the task after the delay', async () => {
  const { clock, ranAt, call } = setup()
  call()
  await clock.pass(199)
  expect(ranAt).toEqual([])
  await clock.pass(1)
  expect(ranAt).toEqual([200])
})

test('A burst of calls runs the task once per interval, and once after the last call', async () => {
  const { clock, ranAt, call } = setup()
  for (let n = 0; n < 25; n++) {
    call()
    await clock.pass(100)
  }
  await clock.pass(5000)
  expect(ranAt).toEqual([200, 1200, 2200, 3200])
})

test('After a pause, a call again waits only for the delay', async () => {
  const { clock, ranAt, call } = setup()
  call()
  await clock.pass(5000)
  call()
  await clock.pass(5000)
  expect(ranAt).toEqual([200, 5200])
})

test('A call from within the task runs it again after the interval', async () => {
  const clock = new FakeClock()
  let runs = 0
  const call = paced(
    async () => {
      runs++
      if (runs === 1) call()
    },
    { clock, random: () => 0, delay: 0, interval: 1000 },
  )
  call()
  await clock.pass(999)
  expect(runs).toBe(1)
  await clock.pass(5000)
  expect(runs).toBe(2)
})

test('A failed run is repeated five times, and again after the next call', async () => {
  const { clock, ranAt, call, task } = setup()
  task.run = () => Promise.reject(new Error('no network'))
  call()
  await clock.pass(600_000)
  expect(ranAt).toHaveLength(6)
  call()
  await clock.pass(600_000)
  expect(ranAt).toHaveLength(12)
})

test('A failed run is repeated with exponential back-off until it succeeds', async () => {
  const { clock, ranAt, call, task } = setup()
  task.run = () => Promise.reject(new Error('no network'))
  call()
  await clock.pass(10_000)
  // 200, then after 1,000 + 1,000, 1,000 + 2,000 and 1,000 + 4,000 ms.
  expect(ranAt).toEqual([200, 2200, 5200])
  task.run = async () => {}
  await clock.pass(60_000)
  expect(ranAt).toEqual([200, 2200, 5200, 10_200])
})
