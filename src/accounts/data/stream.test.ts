import { expect, test } from 'bun:test'
import { TooManyRequests, Unavailable } from '../../http/errors.ts'
import { RunningExports, streamOf } from './stream.ts'

/** A stream whose session stays valid. */
const open = (text: AsyncIterable<string>, onEnd = () => {}) =>
  streamOf(text, { request: new Request('http://localhost'), beforeChunk: async () => {}, onEnd })

async function* endless(): AsyncIterable<string> {
  for (;;) yield 'x'.repeat(1000)
}

test('at most twenty exports run at once, one for each user', () => {
  const running = new RunningExports()
  const places = Array.from({ length: 20 }, (_, user) => running.reserve(user))
  expect(() => running.reserve(0)).toThrow(TooManyRequests)
  expect(() => running.reserve(20)).toThrow(Unavailable)
  places[0]!()
  const place = running.reserve(20)
  // Released twice, it must not release the place of another export.
  places[0]!()
  expect(() => running.reserve(0)).toThrow(Unavailable)
  for (const release of [...places, place]) release()
  running.reserve(0)()
})

test('an export releases its place when it ends, fails or is cancelled', async () => {
  let ended = 0
  const end = () => void ended++
  const reader = open(endless(), end).getReader()
  expect((await reader.read()).value!.length).toBeGreaterThan(32_000)
  expect(ended).toBe(0)
  await reader.cancel()
  expect(ended).toBe(1)
  const failing = async function* (): AsyncIterable<string> {
    yield 'x'.repeat(40_000)
    throw new Error('planted')
  }
  const broken = open(failing(), end).getReader()
  await broken.read()
  expect(ended).toBe(1)
  expect(await broken.read().catch(String)).toBe('Error: planted')
  expect(ended).toBe(2)
  const short = async function* () {
    yield 'end'
  }
  expect(await new Response(open(short(), end)).text()).toBe('end')
  expect(ended).toBe(3)
})

test('chunks of all exports are read two at a time', async () => {
  let now = 0
  let most = 0
  const slow = async function* (): AsyncIterable<string> {
    for (let n = 0; n < 3; n++) {
      most = Math.max(most, ++now)
      await new Promise(setImmediate)
      now--
      yield 'x'.repeat(40_000)
    }
  }
  await Promise.all(Array.from({ length: 8 }, () => new Response(open(slow())).bytes()))
  expect(most).toBe(2)
})
