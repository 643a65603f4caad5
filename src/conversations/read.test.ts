import { afterAll, describe, expect, test } from 'bun:test'
import { everywhere } from '../../test/support/deno.ts'
import { paths } from '../../web/paths.ts'

describe.each(everywhere)('the read mark, on $name,', async ({ open }) => {
  const chat = await open()
  afterAll(() => chat.close())
  const ada = await chat.signUp('ada')
  const bob = await chat.signUp('bob')
  for (const body of ['one', 'two', 'three']) await bob.say(ada, body)

  const mark = async (seq: unknown) => (await ada.put(paths.api.read('bob'), { seq })).status
  const read = async () => (await ada.get(paths.api.conversations)).body.results[0].readSeq

  test('moves only forward', async () => {
    expect([await mark(2), await read()]).toEqual([204, 2])
    expect([await mark(1), await read()]).toEqual([204, 2])
    expect([await mark(0), await read()]).toEqual([204, 2])
  })

  test('stops at the last message, so that the next one is unread', async () => {
    expect([await mark(4_294_967_295), await read()]).toEqual([204, 3])
    await bob.say(ada, 'four')
    expect((await ada.get(paths.api.conversations)).body.results[0]).toMatchObject({ readSeq: 3, unread: 1 })
  })

  test('ends at the highest of several concurrent values', async () => {
    for (let n = 5; n <= 12; n++) await bob.say(ada, `${n}`)
    await Promise.all([5, 12, 7, 9, 4, 11].map(mark))
    expect(await read()).toBe(12)
  })

  test('does not move the read mark of the other person', async () => {
    expect((await bob.get(paths.api.conversations)).body.results[0].readSeq).toBe(0)
  })

  test('requires a non-negative integer, a known user and a session', async () => {
    for (const seq of [-1, 1.5, 'five', null, undefined, true, 4_294_967_296, 1e30, [1]])
      expect(await mark(seq)).toBe(422)
    expect((await ada.put(paths.api.read('bob'), { seq: 1, unread: 0 })).status).toBe(422)
    expect((await ada.put(paths.api.read('nobody'), { seq: 1 })).status).toBe(404)
    expect((await chat.stranger().put(paths.api.read('bob'), { seq: 1 })).status).toBe(401)
  })

  test('has no effect before the first message', async () => {
    expect((await ada.put(paths.api.read('ada'), { seq: 9 })).status).toBe(204)
    await ada.say(ada, 'a note')
    expect((await ada.get(paths.api.conversations)).body.results[0]).toMatchObject({
      with: 'ada',
      readSeq: 0,
    })
  })
})
