import { expect, test } from 'bun:test'
import { FakeBrowser, FakeClock, settled } from '../../test/support/page-fakes.ts'
import { withTabLock } from './web-locks.ts'

function two(clock = new FakeClock()) {
  const browser = new FakeBrowser(clock)
  const tab = () => withTabLock(browser.open().locks, 'ada', clock)
  return [tab(), tab()] as const
}

test('Tasks of one name run one after the other, those of different names in parallel', async () => {
  const [one, other] = two()
  const log: string[] = []
  const task = (name: string) => async () => {
    log.push(`${name} begins`)
    await settled()
    log.push(`${name} ends`)
  }
  await Promise.all([one('bob', task('one')), other('bob', task('two'))])
  expect(log).toEqual(['one begins', 'one ends', 'two begins', 'two ends'])
  log.length = 0
  await Promise.all([one('bob', task('one')), other('eve', task('two'))])
  expect(log.slice(0, 2)).toEqual(['one begins', 'two begins'])
})

test.each([
  ['there are no locks', undefined],
  ['locks are denied', { request: () => Promise.reject(new DOMException('', 'SecurityError')) }],
])('A task runs once where %s', async (_, locks) => {
  let runs = 0
  await withTabLock(locks, 'ada', new FakeClock())('bob', async () => void runs++)
  expect(runs).toBe(1)
})

test('A task runs after a timeout if the one before it does not end', async () => {
  const clock = new FakeClock()
  const [one, other] = two(clock)
  void one('bob', () => new Promise(() => {}))
  let runs = 0
  const done = other('bob', async () => void runs++)
  await clock.pass(19_000)
  expect(runs).toBe(0)
  await clock.pass(1000)
  await done
  expect(runs).toBe(1)
})

test('A task that rejects is not run again', async () => {
  const [one] = two()
  let runs = 0
  const failing = one('bob', async () => {
    runs++
    throw new Error('no')
  })
  await expect(failing).rejects.toThrow('no')
  expect(runs).toBe(1)
})
