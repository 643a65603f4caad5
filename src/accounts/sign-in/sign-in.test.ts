import { afterAll, describe, expect, test } from 'bun:test'
import { backends, openChat } from '../../../test/support/chat.ts'
import { PASSWORD } from '../../../test/support/person.ts'
import { paths } from '../../../web/paths.ts'
import type { Deps } from '../../process/deps.ts'
import { UserEntity } from '../users/entity.ts'

describe.each(backends)('signing in, on $name', async (backend) => {
  const chat = await openChat(backend)
  afterAll(() => chat.close())
  await chat.signUp('ada')

  test('works with the username in any case, and returns the user', async () => {
    const stranger = chat.stranger()
    const { status, body } = await stranger.signIn('ADA')
    expect([status, body.user]).toEqual([
      200,
      { username: 'ada', displayName: 'ada', email: null, role: 'user' },
    ])
    expect((await stranger.get(paths.api.session)).body.user).toEqual(body.user)
  })

  test.each(['ada ', ' Ada', '@ada', '＠ada\u3000', 'ａｄａ', '\u200eada'])(
    'works with the username as typed: %j',
    async (username) => {
      expect((await chat.stranger().signIn(username)).body?.user?.username).toBe('ada')
    },
  )

  test('returns the same error for a wrong password, an unknown username and a disabled account', async () => {
    const gone = await chat.signUp('gone')
    await chat.deps.orm.em.fork().nativeUpdate(UserEntity, { handle: 'gone' }, { disabledAt: new Date() })
    const refusals = [
      await chat.stranger().signIn('ada', 'wrong password'),
      await chat.stranger().signIn('nobody', 'wrong password'),
      await chat.stranger().signIn('nobody', ''),
      await chat.stranger().signIn('gone'),
      await chat.stranger().signIn('\0', '\ud800'),
      await chat.stranger().signIn('x'.repeat(5000), 'y'.repeat(5000)),
    ]
    const same = { ...refusals[0]!.body, requestId: expect.any(String) }
    for (const refusal of refusals) {
      expect([refusal.status, refusal.body]).toEqual([401, same])
      expect(refusal.headers.get('set-cookie')).toBeNull()
    }
    expect((await gone.get(paths.api.session)).status).toBe(401)
  })

  test('accepts username and password as strings only', async () => {
    for (const body of [
      {},
      { username: 'ada' },
      { username: 'ada', password: { $ne: '' } },
      { username: ['ada'], password: 'x' },
      { username: 'ada', password: 'x', role: 'admin' },
      null,
      [],
      'ada',
    ]) {
      expect((await chat.stranger().post(paths.api.session, body)).status).toBe(422)
    }
  })

  test('is refused after ten wrong passwords for one username, but works from another address', async () => {
    const attacker = chat.stranger()
    for (const username of [
      'ADA',
      'ada ',
      '@ada',
      ' @Ada',
      'ａｄａ',
      'ada',
      'ADa',
      '\u200eada',
      'aDa',
      'adA',
    ])
      expect((await attacker.signIn(username, 'wrong password')).status).toBe(401)
    const refusal = await attacker.signIn('ada', 'wrong password')
    expect(refusal.status).toBe(429)
    expect(Number(refusal.headers.get('retry-after'))).toBeWithin(1, 901)
    expect((await attacker.signIn('ada')).status).toBe(429)
    expect((await chat.stranger().signIn('ada')).status).toBe(200)
  })

  test('is limited despite forged client addresses', async () => {
    const attacker = chat.stranger()
    const statuses: number[] = []
    for (let n = 0; n < 12; n++) {
      const forged = `198.51.100.${n}`
      const response = await attacker.fetch(paths.api.session, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'x-forwarded-for': forged,
          'x-real-ip': forged,
          forwarded: `for=${forged}`,
        },
        body: JSON.stringify({ username: 'ada', password: 'wrong password' }),
      })
      statuses.push(response.status)
    }
    expect(statuses).toEqual([...Array(10).fill(401), 429, 429])
  })

  test('resets the count of wrong passwords when it succeeds', async () => {
    const clumsy = chat.stranger()
    for (let round = 0; round < 2; round++) {
      for (let n = 0; n < 9; n++) expect((await clumsy.signIn('ada', 'wrong password')).status).toBe(401)
      expect((await clumsy.signIn('ada')).status).toBe(200)
    }
  })

  test('is refused for any username after twenty wrong passwords a minute from one network', async () => {
    const sprayer = chat.stranger()
    // Too long to be hashed, so the test is fast.
    const password = 'x'.repeat(2000)
    for (let n = 0; n < 20; n++) expect((await sprayer.signIn(`user${n}`, password)).status).toBe(401)
    const refusal = await sprayer.signIn('user20', password)
    expect(refusal.status).toBe(429)
    expect(Number(refusal.headers.get('retry-after'))).toBeWithin(1, 61)
    expect((await chat.stranger().signIn('ada')).status).toBe(200)
  })
})

describe.each(backends)('a password changed during a sign-in, on $name,', async (backend) => {
  const signed: number[] = []
  let afterPassword = async () => {}
  const using = (deps: Deps): Deps => ({
    ...deps,
    tokens: {
      ...deps.tokens,
      sign(user, ...claims) {
        signed.push(user)
        return deps.tokens.sign(user, ...claims)
      },
    },
    limits: {
      ...deps.limits,
      // Called between the verification of the password and the start of the session.
      async clear(rule, key) {
        if (rule === 'signIn') await afterPassword()
        return deps.limits.clear(rule, key)
      },
    },
  })
  const chat = await openChat(backend, { using })
  afterAll(() => chat.close())

  test('refuses it, and no token is created', async () => {
    const ada = await chat.signUp('ada')
    const stranger = chat.stranger()
    let tokensBefore = 0
    afterPassword = async () => {
      afterPassword = async () => {}
      const change = { password: PASSWORD, newPassword: 'the long way home' }
      expect((await ada.put(paths.api.password, change)).status).toBe(204)
      tokensBefore = signed.length
    }
    const { status, body } = await stranger.signIn('ada')
    expect([status, body.errors[0].code]).toEqual([401, 'credentials'])
    expect(signed.length).toBe(tokensBefore)
    expect((await ada.get(paths.api.session)).status).toBe(200)
    expect((await stranger.signIn('ada', 'the long way home')).status).toBe(200)
  })
})

describe('behind a trusted proxy, wrong passwords are counted by client address', async () => {
  const chat = await openChat(backends[0]!, { env: { TRUSTED_PROXIES: '10.0.0.0/8, ::1' } })
  afterAll(() => chat.close())
  /** The statuses of sign-ins with a wrong password through this peer, each with another `X-Forwarded-For`. */
  const statuses = async (address: string, forwardedFor: (n: number) => string, tries = 11) => {
    const username = `user-${crypto.randomUUID().slice(0, 8)}`
    const peer = Object.assign(chat.stranger(), { address })
    const answers: number[] = []
    for (let n = 0; n < tries; n++) {
      const { status } = await peer.fetch(paths.api.session, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-forwarded-for': forwardedFor(n) },
        body: JSON.stringify({ username, password: 'x'.repeat(1000) }),
      })
      answers.push(status)
    }
    return answers
  }
  const passed = Array(11).fill(401)
  const throttled = [...Array(10).fill(401), 429]

  test.each<[string, string, (n: number) => string, number[]]>([
    ['separately for each client', '10.0.0.1', (n) => `203.0.113.${n}`, passed],
    ['over IPv6, too', '::1', (n) => `2001:db8:${n}::1`, passed],
    ['an IPv4 proxy on an IPv6 socket', '::ffff:10.0.0.1', (n) => `203.0.114.${n}`, passed],
    ['through a chain of trusted proxies', '10.0.0.1', (n) => `203.0.115.${n}, 10.9.9.9`, passed],
    ['despite a forged entry', '10.0.0.1', (n) => `198.51.100.${n}, 203.0.116.1`, throttled],
    ['despite an invalid entry', '10.0.0.2', (n) => `198.51.100.${n}, nonsense`, throttled],
    ['by proxy without the header', '10.0.0.3', () => '', throttled],
    ['another than a proxy that claims to be one', '192.0.2.1', (n) => `203.0.117.${n}`, throttled],
  ])('%s', async (_, address, forwardedFor, expected) => {
    expect(await statuses(address, forwardedFor)).toEqual(expected)
  })
})

test('with RATE_LIMITS=off, as for load tests, no request is limited', async () => {
  const chat = await openChat(backends[0]!, { env: { RATE_LIMITS: 'off' } })
  const stranger = chat.stranger()
  for (let n = 0; n < 12; n++) expect((await stranger.signIn('ada', 'x'.repeat(1000))).status).toBe(401)
  await chat.close()
})
