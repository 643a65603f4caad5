import { afterAll, describe, expect, mock, test } from 'bun:test'
import * as argon2 from '@node-rs/argon2'
import { backends, openChat } from '../../../test/support/chat.ts'
import { paths } from '../../../web/paths.ts'
import { UserEntity } from '../users/entity.ts'

/** The number of hashes, and the maximum at once. */
const work = { done: 0, now: 0, most: 0 }
let afterNext = () => {}
const real = { ...argon2 }

/** Wraps a function to count its calls. */
function counted<Args extends unknown[], Result>(act: (...args: Args) => Promise<Result>) {
  return async (...args: Args) => {
    work.most = Math.max(work.most, ++work.now)
    work.done++
    return act(...args).finally(() => {
      work.now--
      afterNext()
    })
  }
}
mock.module('@node-rs/argon2', () => ({ ...real, hash: counted(real.hash), verify: counted(real.verify) }))
afterAll(() => mock.module('@node-rs/argon2', () => real))

describe.each(backends)('the hash of a password, on $name,', async (backend) => {
  const chat = await openChat(backend, { env: { RATE_LIMITS: 'off' } })
  afterAll(() => chat.close())
  await chat.signUp('ada')
  /** The number of hashes for a sign-in. */
  const costOf = async (username: string, password: string) => {
    const before = work.done
    await chat.stranger().signIn(username, password)
    return work.done - before
  }

  test('costs the same work for unknown usernames', async () => {
    await costOf('nobody', 'warm-up')
    for (const [username, password] of [
      ['ada', 'wrong password'],
      ['nobody', 'wrong password'],
      ['\0', 'wrong password'],
    ] as const) {
      expect(await costOf(username, password)).toBe(1)
    }
    // Compared in both forms.
    for (const username of ['ada', 'nobody'])
      expect(await costOf(username, 'falsches Paßwört'.normalize('NFD'))).toBe(2)
  })

  test('is compared in both forms also when the client leaves between them, so that the guess counts', async () => {
    const client = new AbortController()
    afterNext = () => client.abort()
    const before = work.done
    const response = await chat.stranger().fetch(paths.api.session, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ username: 'ada', password: 'falsches Paßwört'.normalize('NFD') }),
      signal: client.signal,
    })
    afterNext = () => {}
    expect([response.status, work.done - before]).toEqual([401, 2])
  })

  test('is computed for at most two sign-ins at once', async () => {
    work.most = 0
    await Promise.all(
      Array.from({ length: 12 }, (_, n) => chat.stranger().signIn(`nobody-${n}`, 'wrong password')),
    )
    expect(work.most).toBe(2)
  })
})

describe.each(backends)('a password, on $name,', async (backend) => {
  const chat = await openChat(backend, { env: { RATE_LIMITS: 'off' } })
  afterAll(() => chat.close())
  const signUp = (username: string, password: string) =>
    chat.stranger().post(paths.api.users, { username, password })
  const signIn = async (username: string, password: string) =>
    (await chat.stranger().signIn(username, password)).status

  test.each([
    ['composed characters', 'crème brûlée', 'crème brûlée'.normalize('NFD')],
    ['decomposed characters', 'tiếng Việt ơi'.normalize('NFD'), 'tiếng Việt ơi'],
    ['Hangul', '비밀번호 한글 여덟', '비밀번호 한글 여덟'.normalize('NFD')],
    ['a no-break space', 'three\u00a0plain words', 'three plain words'],
    ['a plain space', 'three plain words', 'three\u3000plain\u202fwords'],
    ['the Kelvin sign', 'measured in \u212a', 'measured in K'],
  ])('set with %s is accepted in its other form', async (name, set, typed) => {
    expect(set).not.toBe(typed)
    const username = `form-${name.length}`
    expect((await signUp(username, set)).status).toBe(201)
    expect([await signIn(username, set), await signIn(username, typed)]).toEqual([200, 200])
  })

  test('keeps its case, its outer spaces and its compatibility characters', async () => {
    await signUp('exact', ' Straße ﬁt ² ')
    for (const other of ['Straße ﬁt ²', ' straße ﬁt ² ', ' Strasse ﬁt ² ', ' Straße fit ² ', ' Straße ﬁt 2 '])
      expect(await signIn('exact', other)).toBe(401)
    expect(await signIn('exact', '\u2003Straße ﬁt ²\u00a0')).toBe(200)
  })

  test('is accepted by a hash of its exact characters, from before it was normalized', async () => {
    await signUp('early', 'correct horse battery')
    const typed = 'crème\u00a0brûlée'.normalize('NFD')
    const em = chat.deps.orm.em.fork()
    await em.nativeUpdate(UserEntity, { handle: 'early' }, { passwordHash: await real.hash(typed) })
    expect([await signIn('early', typed), await signIn('early', 'creme brulee')]).toEqual([200, 401])
  })

  test('is counted in normalized characters, and has no control characters', async () => {
    const long = '한'.repeat(199)
    expect((await signUp('long', `${long}글`.normalize('NFD'))).status).toBe(201)
    expect(await signIn('long', `${long}글`)).toBe(200)
    const refusals = [
      ['é'.repeat(7).normalize('NFD'), 'password_short'],
      [`${long}글자`, 'password_long'],
      ['x'.repeat(60_000), 'password_long'],
      ['correct\nhorse', 'text'],
      ['correct\0horse', 'text'],
    ]
    for (const [password, code] of refusals) {
      const { status, body } = await signUp('refused', password!)
      expect([status, body.errors[0].code]).toEqual([422, code])
    }
  })
})
