import { afterAll, describe, expect, mock, test } from 'bun:test'
import * as argon2 from '@node-rs/argon2'
import { backends, openChat } from '../../../test/support/chat.ts'

/** The number of hashes, and the maximum at once. */
const work = { done: 0, now: 0, most: 0 }
const real = { ...argon2 }

/** Wraps a function to count its calls. */
function counted<Args extends unknown[], Result>(act: (...args: Args) => Promise<Result>) {
  return async (...args: Args) => {
    work.most = Math.max(work.most, ++work.now)
    work.done++
    return act(...args).finally(() => work.now--)
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
  })

  test('is computed for at most two sign-ins at once', async () => {
    work.most = 0
    await Promise.all(
      Array.from({ length: 12 }, (_, n) => chat.stranger().signIn(`nobody-${n}`, 'wrong password')),
    )
    expect(work.most).toBe(2)
  })
})
