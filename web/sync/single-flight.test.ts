import { expect, test } from 'bun:test'
import { pending, settled } from '../../test/support/page-fakes.ts'
import { singleFlight } from './single-flight.ts'

function setup() {
  const runs: ReturnType<typeof pending<void>>[] = []
  const call = singleFlight(() => {
    const run = pending<void>()
    runs.push(run)
    return run.promise
  })
  return { call, runs }
}

test('Calls during a run are merged into one more run after it, and settle with that', async () => {
  const { call, runs } = setup()
  const calls = [call(), call(), call()]
  expect(runs).toHaveLength(1)
  runs[0]?.resolve()
  await settled()
  expect(runs).toHaveLength(2)
  runs[1]?.resolve()
  await Promise.all(calls)
  await settled()
  expect(runs).toHaveLength(2)
})

test('A call during a run that fails starts one more run, and settles with that', async () => {
  const { call, runs } = setup()
  const calls = [call(), call()]
  runs[0]?.reject(new Error('no'))
  await settled()
  expect(runs).toHaveLength(2)
  runs[1]?.resolve()
  await Promise.all(calls)
})

test('A call after the last run starts a new one, even if that failed', async () => {
  const { call, runs } = setup()
  const failed = call()
  runs[0]?.reject(new Error('no'))
  await expect(failed).rejects.toThrow('no')
  call()
  expect(runs).toHaveLength(2)
})
