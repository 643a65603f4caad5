import { expect, test } from 'bun:test'
import { pending, settled } from '../../test/support/page-fakes.ts'
import { singleFlight } from './single-flight.ts'

function play() {
  const runs: ReturnType<typeof pending<void>>[] = []
  const fly = singleFlight(() => {
    const run = pending<void>()
    runs.push(run)
    return run.promise
  })
  return { fly, runs }
}

test('Calls during a run are one more run after it, with which all of them end', async () => {
  const { fly, runs } = play()
  const calls = [fly(), fly(), fly()]
  expect(runs).toHaveLength(1)
  runs[0]?.resolve()
  await settled()
  expect(runs).toHaveLength(2)
  runs[1]?.resolve()
  await Promise.all(calls)
  await settled()
  expect(runs).toHaveLength(2)
})

test('A call during a run that fails is one more run, with which it ends', async () => {
  const { fly, runs } = play()
  const calls = [fly(), fly()]
  runs[0]?.reject(new Error('no'))
  await settled()
  expect(runs).toHaveLength(2)
  runs[1]?.resolve()
  await Promise.all(calls)
})

test('A call after the last run starts anew, also when that failed', async () => {
  const { fly, runs } = play()
  const failed = fly()
  runs[0]?.reject(new Error('no'))
  expect(failed).rejects.toThrow('no')
  await settled()
  fly()
  expect(runs).toHaveLength(2)
})
