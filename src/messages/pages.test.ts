import { afterAll, describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { paths, withQuery } from '../../web/paths.ts'
import { backends, openChat } from '../testing/chat.ts'
import type { Person } from '../testing/person.ts'
import type { MessagePageView } from './schema.ts'

const SAID = 33

describe.each(backends)('pages of a conversation, on $name', async (backend) => {
  const chat = await openChat(backend)
  afterAll(() => chat.close())
  const ada = await chat.signUp('ada')
  const bob = await chat.signUp('bob')
  for (let seq = 1; seq <= SAID; seq++) await (seq % 3 ? ada : bob).say(seq % 3 ? bob : ada, `${seq}`)

  const read = async (query: Record<string, number> = {}, person: Person = ada) => {
    const other = person === ada ? 'bob' : 'ada'
    const { status, body } = await person.get(withQuery(paths.api.messages(other), query))
    expect(status).toBe(200)
    const { results, previous, next } = body as MessagePageView
    return { seqs: results.map(({ seq }) => seq), previous, next }
  }
  const range = (first: number, last: number) =>
    Array.from({ length: Math.max(0, last - first + 1) }, (_, n) => first + n)

  test('the first page is the newest fifteen messages, oldest first, the same for both', async () => {
    const newest = { seqs: range(SAID - 14, SAID), previous: SAID - 14, next: null }
    expect(await read()).toEqual(newest)
    expect(await read({}, bob)).toEqual(newest)
  })

  test('going back page by page shows every message once and then ends', async () => {
    const seen: number[] = []
    for (let query = {}, page = await read(query); ; page = await read(query)) {
      seen.unshift(...page.seqs)
      if (page.previous === null) break
      query = { before: page.previous }
    }
    expect(seen).toEqual(range(1, SAID))
  })

  test('going forward page by page shows every message once and then ends', async () => {
    const seen: number[] = []
    for (let query = { after: 0, limit: 10 }, page = await read(query); ; page = await read(query)) {
      seen.push(...page.seqs)
      if (page.next === null) break
      query = { after: page.next, limit: 10 }
    }
    expect(seen).toEqual(range(1, SAID))
  })

  test('whatever page is asked for, previous and next lead to what comes before and after it, and only there', async () => {
    const seq = fc.integer({ min: 0, max: SAID + 3 })
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(fc.record({ before: seq }), fc.record({ after: seq }), fc.constant({})),
        fc.integer({ min: 1, max: SAID + 3 }),
        async (place: { before?: number; after?: number }, limit) => {
          const { before, after } = place
          const expected =
            after !== undefined
              ? range(after + 1, Math.min(after + limit, SAID))
              : range(
                  Math.max(1, Math.min(before ?? Infinity, SAID + 1) - limit),
                  Math.min((before ?? Infinity) - 1, SAID),
                )
          const page = await read({ ...place, limit })
          expect(page.seqs).toEqual(expected)
          // Where the page stands, also when it is empty.
          const first = expected[0] ?? Math.min((before ?? after! + 1) || 1, SAID + 1)
          const last = expected.at(-1) ?? first - 1
          const earlier =
            page.previous === null ? [] : (await read({ before: page.previous, limit: 100 })).seqs
          const later = page.next === null ? [] : (await read({ after: page.next, limit: 100 })).seqs
          expect(earlier).toEqual(range(1, first - 1))
          expect(later).toEqual(range(last + 1, SAID))
        },
      ),
      { numRuns: 60 },
    )
  })

  test('a page has one to a hundred messages and one place, else it is refused', async () => {
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

  test('a conversation in which nothing was said is empty; with nobody there is none', async () => {
    const carol = await chat.signUp('carol')
    const nothing = { results: [], previous: null, next: null }
    expect((await carol.get(paths.api.messages('ada'))).body).toEqual(nothing)
    expect((await carol.get(paths.api.messages('carol'))).body).toEqual(nothing)
    expect((await carol.get(paths.api.messages('nobody'))).status).toBe(404)
  })
})

test('MESSAGES_TO_LOAD says how many messages the first page has', async () => {
  const chat = await openChat(backends[0]!, { env: { MESSAGES_TO_LOAD: '2' } })
  const ada = await chat.signUp('ada')
  for (const body of ['one', 'two', 'three']) await ada.say(ada, body)
  expect((await ada.get(paths.api.messages('ada'))).body.results).toHaveLength(2)
  await chat.close()
})
