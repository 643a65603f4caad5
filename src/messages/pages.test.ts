import { afterAll, describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { openChat, sqlite } from '../../test/support/chat.ts'
import { everywhere } from '../../test/support/deno.ts'
import type { Person } from '../../test/support/person.ts'
import { paths, withQuery } from '../../web/paths.ts'
import type { MessagePageView } from './schema.ts'

const COUNT = 33

describe.each(everywhere)('the pages of a conversation, on $name,', async ({ open }) => {
  const chat = await open()
  afterAll(() => chat.close())
  const ada = await chat.signUp('ada')
  const bob = await chat.signUp('bob')
  for (let seq = 1; seq <= COUNT; seq++) await (seq % 3 ? ada : bob).say(seq % 3 ? bob : ada, `${seq}`)

  const read = async (query: Record<string, number> = {}, person: Person = ada) => {
    const other = person === ada ? 'bob' : 'ada'
    const { status, body } = await person.get(withQuery(paths.api.messages(other), query))
    expect(status).toBe(200)
    const { results, previous, next } = body as MessagePageView
    return { seqs: results.map(({ seq }) => seq), previous, next }
  }
  const all = Array.from({ length: COUNT }, (_, n) => n + 1)

  test('start with the newest 15 messages, oldest first, for both people', async () => {
    const newest = { seqs: all.slice(-15), previous: COUNT - 14, next: null }
    expect(await read()).toEqual(newest)
    expect(await read({}, bob)).toEqual(newest)
  })

  test('contain every message once when followed backwards', async () => {
    const seen: number[] = []
    for (let query = {}, page = await read(query); ; page = await read(query)) {
      seen.unshift(...page.seqs)
      if (page.previous === null) break
      query = { before: page.previous }
    }
    expect(seen).toEqual(all)
  })

  test('contain every message once when followed forwards', async () => {
    const seen: number[] = []
    for (let query = { after: 0, limit: 10 }, page = await read(query); ; page = await read(query)) {
      seen.push(...page.seqs)
      if (page.next === null) break
      query = { after: page.next, limit: 10 }
    }
    expect(seen).toEqual(all)
  })

  test('link to all earlier messages with `previous` and to all later ones with `next`', async () => {
    const seq = fc.integer({ min: 0, max: COUNT + 3 })
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(fc.record({ before: seq }), fc.record({ after: seq }), fc.constant({})),
        fc.integer({ min: 1, max: COUNT + 3 }),
        async (place: { before?: number; after?: number }, limit) => {
          const { before = Infinity, after } = place
          const page = await read({ ...place, limit })
          expect(page.seqs).toEqual(
            after === undefined
              ? all.filter((seq) => seq < before).slice(-limit)
              : all.filter((seq) => seq > after).slice(0, limit),
          )
          const earlier =
            page.previous === null ? [] : (await read({ before: page.previous, limit: 100 })).seqs
          const later = page.next === null ? [] : (await read({ after: page.next, limit: 100 })).seqs
          expect([...earlier, ...page.seqs, ...later]).toEqual(all)
        },
      ),
      { numRuns: 60 },
    )
  })

  test('require a limit of 1 to 100 and either `before` or `after`', async () => {
    for (const query of [
      'limit=0',
      'limit=101',
      'limit=-1',
      'limit=1.5',
      'limit=ten',
      'before=-1',
      'after=4294967296',
    ]) {
      expect((await ada.get(`${paths.api.messages('bob')}?${query}`)).status).toBe(422)
    }
    expect((await ada.get(`${paths.api.messages('bob')}?before=3&after=1`)).status).toBe(400)
  })

  test('are empty before the first message, and 404 for an unknown user', async () => {
    const carol = await chat.signUp('carol')
    const nothing = { results: [], previous: null, next: null }
    expect((await carol.get(paths.api.messages('ada'))).body).toEqual(nothing)
    expect((await carol.get(paths.api.messages('carol'))).body).toEqual(nothing)
    expect((await carol.get(paths.api.messages('nobody'))).status).toBe(404)
  })
})

test('MESSAGES_TO_LOAD sets the size of the first page', async () => {
  const chat = await openChat(sqlite, { env: { MESSAGES_TO_LOAD: '2' } })
  const ada = await chat.signUp('ada')
  for (const body of ['one', 'two', 'three']) await ada.say(ada, body)
  expect((await ada.get(paths.api.messages('ada'))).body.results).toHaveLength(2)
  await chat.close()
})
