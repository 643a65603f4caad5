import { expect, test } from 'bun:test'
import { Unavailable } from '../../http/errors.ts'
import { checkExportRoom, streamOf } from './stream.ts'

/** A stream whose session stays valid. */
const open = (text: AsyncIterable<string>) => streamOf(text, async () => {})

async function* endless(): AsyncIterable<string> {
  for (;;) yield 'x'.repeat(1000)
}

test('at most twenty exports are streamed at once; those that ended, failed or were cancelled do not count', async () => {
  // Streams that nobody reads, as for a HEAD request, do not count.
  for (let n = 0; n < 30; n++) open(endless())
  const readers = Array.from({ length: 20 }, () => open(endless()).getReader())
  checkExportRoom()
  for (const reader of readers) expect((await reader.read()).value!.length).toBeGreaterThan(32_000)
  expect(checkExportRoom).toThrow(Unavailable)
  await Promise.all(readers.slice(0, 19).map((reader) => reader.cancel()))
  checkExportRoom()
  const failing = async function* (): AsyncIterable<string> {
    yield 'x'.repeat(40_000)
    throw new Error('planted')
  }
  for (let n = 0; n < 25; n++) {
    const reader = open(failing()).getReader()
    await reader.read()
    expect(await reader.read().catch(String)).toBe('Error: planted')
    const short = async function* () {
      yield 'end'
    }
    expect(await new Response(open(short())).text()).toBe('end')
  }
  checkExportRoom()
  await readers[19]!.cancel()
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
