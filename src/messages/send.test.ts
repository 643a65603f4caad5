import { afterAll, describe, expect, test } from 'bun:test'
import { everywhere } from '../../test/support/deno.ts'
import { paths } from '../../web/paths.ts'
import { BODY_LIMIT } from './limits.ts'
import type { MessagePageView, MessageView } from './schema.ts'

describe.each(everywhere)('a send, on $name,', async ({ open }) => {
  const chat = await open()
  afterAll(() => chat.close())
  const ada = await chat.signUp('ada')
  const bob = await chat.signUp('Bob')
  const carol = await chat.signUp('carol')
  const toBob = paths.api.messages('bob')

  test('returns the stored message', async () => {
    const before = Date.now()
    const { status, body } = await ada.post(toBob, { body: 'See you at eight?', clientId: 'first' })
    expect(status).toBe(201)
    expect(body).toEqual({
      id: expect.stringMatching(/^\d+-1$/),
      seq: 1,
      version: 1,
      sender: 'ada',
      recipient: 'Bob',
      body: 'See you at eight?',
      createdAt: expect.any(String),
      editedAt: null,
      deletedAt: null,
      clientId: 'first',
    })
    expect(Date.parse(body.createdAt)).toBeWithin(before, Date.now() + 1)
    expect((await bob.get(paths.api.message(body.id))).body).toEqual(body)
    expect((await ada.get(paths.api.message(body.id))).body).toEqual(body)
  })

  test('finds the recipient regardless of case', async () => {
    expect((await ada.post(paths.api.messages('BOB'), { body: 'loud' })).body.recipient).toBe('Bob')
  })

  test('returns 404 for an unknown recipient', async () => {
    const { status, body } = await ada.post(paths.api.messages('nobody'), { body: 'hello?' })
    expect([status, body.detail]).toEqual([404, 'Not found.'])
  })

  test('returns 401 to a client that is not signed in, for any body', async () => {
    expect((await chat.stranger().post(toBob, { body: 'psst' })).status).toBe(401)
    expect((await chat.stranger().post(toBob, { nonsense: true })).status).toBe(401)
  })

  test('trims the body and changes nothing else', async () => {
    const bodies = [
      '👩‍👩‍👧‍👦 👍🏽 🏴󠁧󠁢󠁳󠁣󠁴󠁿',
      '漢字、仮名、한글, 𠮷野家',
      'مرحبا \u202Bby bidi\u202C שלום',
      'e\u0301 is not é, nor ﬁ fi',
      'two\n\nlines\tand a tab',
      'ffi\u00a0\u200d\ufeff-',
      '\'); drop table message; -- \\ " ` %_ ? ?? :name $1',
      '<script>alert(1)</script> &amp; ]]>',
      '\u{10FFFF} \uFFFD \u0001',
    ]
    for (const body of bodies) expect((await ada.say(bob, `\n  ${body} \t`)).body).toBe(body)
    const page: MessagePageView = (await bob.get(`${paths.api.messages('ada')}?limit=${bodies.length}`)).body
    expect(page.results.map((message) => message.body)).toEqual(bodies)
  })

  test('accepts 1 to 4,000 code points', async () => {
    for (const body of ['x', 'x'.repeat(BODY_LIMIT), '👍'.repeat(BODY_LIMIT)]) {
      expect((await ada.say(bob, ` ${body}\n`)).body).toBe(body)
    }
    for (const body of ['', ' \n\t', '\u3000\ufeff']) {
      const refusal = await ada.post(toBob, { body })
      expect([refusal.status, refusal.body.errors[0]]).toMatchObject([
        422,
        { field: 'body', code: 'body_empty' },
      ])
    }
    for (const body of ['\u3164', '\u200b \u200d', '\u2800', '\u00ad', '\u0001', '\ufe0f', '\u{e0001}']) {
      const refusal = await ada.post(toBob, { body })
      expect([body, refusal.status, refusal.body.errors?.[0]]).toMatchObject([
        body,
        422,
        { field: 'body', code: 'invisible' },
      ])
    }
    for (const body of ['.', '\u0301', '👍\ufe0f', '⠁', '\ue000', '\u{378}']) await ada.say(bob, body)
    for (const body of ['x'.repeat(BODY_LIMIT + 1), '👍'.repeat(BODY_LIMIT + 1)]) {
      const refusal = await ada.post(toBob, { body })
      expect([refusal.status, refusal.body.errors[0]]).toMatchObject([
        422,
        { field: 'body', code: 'body_long' },
      ])
    }
  })

  test('rejects text that cannot be stored unchanged', async () => {
    for (const body of ['nul\0', '\ud800', 'half a 👍'.slice(0, -1), '\udc4d turned \ud83d']) {
      const refusal = await ada.post(toBob, { body })
      expect([refusal.status, refusal.body.errors[0]]).toMatchObject([422, { field: 'body', code: 'text' }])
    }
  })

  test('assigns `seq` and `version` without gaps to 30 concurrent messages of both people', async () => {
    const [dora, emil] = await Promise.all([chat.signUp('dora'), chat.signUp('emil')])
    const sent = await Promise.all(
      Array.from({ length: 30 }, (_, n) => (n % 2 ? dora.say(emil, `${n}`) : emil.say(dora, `${n}`))),
    )
    const numbers = Array.from({ length: 30 }, (_, n) => n + 1)
    const bySeq = sent.toSorted((a, b) => a.seq - b.seq)
    expect(bySeq.map(({ seq }) => seq)).toEqual(numbers)
    expect(bySeq.map(({ version }) => version)).toEqual(numbers)
    const [hers, his] = await Promise.all(
      [dora, emil].map(async (person) => {
        const other = person === dora ? 'emil' : 'dora'
        return (await person.get(`${paths.api.messages(other)}?limit=100`)).body.results as MessageView[]
      }),
    )
    expect(hers).toEqual(bySeq)
    expect(his).toEqual(bySeq)
  })

  describe('with a client ID', () => {
    test('is stored once when repeated', async () => {
      const first = await ada.post(toBob, { body: 'once', clientId: 'twice' })
      const second = await ada.post(toBob, { body: ' once ', clientId: 'twice' })
      expect([first.status, second.status]).toEqual([201, 200])
      expect(second.body).toEqual(first.body)
      expect(await ada.say(bob, 'next')).toMatchObject({ seq: first.body.seq + 1 })
    })

    test('is stored once when sent ten times concurrently as the first of a conversation', async () => {
      const answers = await Promise.all(
        Array.from({ length: 10 }, () =>
          carol.post(paths.api.messages('ada'), { body: 'storm', clientId: 'storm' }),
        ),
      )
      expect(answers.map(({ status }) => status).sort()).toEqual([...Array(9).fill(200), 201])
      expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1)
      const { results } = (await carol.get(paths.api.messages('ada'))).body
      expect(results).toHaveLength(1)
    })

    test('returns the stored message also after the recipient has blocked the sender', async () => {
      const first = await ada.post(toBob, { body: 'before the block', clientId: 'blocked' })
      await bob.put(paths.api.block('ada'), undefined)
      try {
        const repeated = await ada.post(toBob, { body: 'before the block', clientId: 'blocked' })
        expect([repeated.status, repeated.body]).toEqual([200, first.body])
        expect((await ada.post(toBob, { body: 'another', clientId: 'blocked' })).status).toBe(409)
        expect((await ada.post(toBob, { body: 'after the block', clientId: 'new' })).status).toBe(403)
      } finally {
        await bob.delete(paths.api.block('ada'))
      }
    })

    test('returns 409 for another text, and the first text stays', async () => {
      const { id } = await ada.say(bob, 'first', 'reused')
      const refusal = await ada.post(toBob, { body: 'second', clientId: 'reused' })
      expect(refusal.status).toBe(409)
      expect(JSON.stringify(refusal.body)).not.toContain('second')
      expect((await ada.get(paths.api.message(id))).body.body).toBe('first')
    })

    test('is distinct from the same ID of the other person or in another conversation', async () => {
      const ids = [
        await ada.say(bob, 'from ada', 'shared'),
        await bob.say(ada, 'from bob', 'shared'),
        await ada.say(carol, 'elsewhere', 'shared'),
        await ada.say(bob, 'another case', 'SHARED'),
      ].map(({ id }) => id)
      expect(new Set(ids).size).toBe(4)
    })

    test('is stored each time without one', async () => {
      const [one, two] = [await ada.say(bob, 'same'), await ada.say(bob, 'same')]
      expect(two.seq).toBe(one.seq + 1)
    })

    test('accepts 1 to 64 letters, digits and . _ : -', async () => {
      await ada.say(bob, 'longest', `Az09._:-${'x'.repeat(56)}`)
      for (const clientId of ['', 'x'.repeat(65), 'a b', 'ü', 'a\n', 'a\0', 7, {}, ['a']]) {
        expect((await ada.post(toBob, { body: 'no', clientId })).status).toBe(422)
      }
    })
  })

  test('has the same sender and recipient in own notes', async () => {
    expect(await ada.say(ada, 'buy milk')).toMatchObject({ seq: 1, sender: 'ada', recipient: 'ada' })
    expect((await ada.get(paths.api.messages('ada'))).body.results).toHaveLength(1)
  })
})
