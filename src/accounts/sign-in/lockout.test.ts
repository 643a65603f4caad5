import { afterAll, describe, expect, test } from 'bun:test'
import { newAuthenticator } from '../../../test/support/authenticator.ts'
import { codeAt } from '../../../test/support/authenticator-app.ts'
import { backends, openChat } from '../../../test/support/chat.ts'
import { PASSWORD, type Person } from '../../../test/support/person.ts'
import { paths } from '../../../web/paths.ts'
import { createResetLink } from '../password/reset.ts'
import { UserEntity } from '../users/entity.ts'

/** Too long to be hashed, so the tests are fast. */
const WRONG = 'x'.repeat(1000)

describe.each(backends)('the limits of wrong passwords, on $name,', async (backend) => {
  const chat = await openChat(backend)
  afterAll(() => chat.close())

  /** The statuses of sign-ins with a wrong password, one from each address. */
  const guess = async (username: string, addresses: Iterable<string>) => {
    const statuses: number[] = []
    for (const address of addresses) {
      const stranger = Object.assign(chat.stranger(), { address })
      statuses.push((await stranger.signIn(username, WRONG)).status)
    }
    return statuses
  }
  const times = (count: number, address: (n: number) => string) =>
    Array.from({ length: count }, (_, n) => address(n))
  const passed = (statuses: number[]) => statuses.filter((status) => status === 401).length

  /** Signs in with a password, with these cookies; returns the status and the new cookies. */
  const signInWith = async (
    person: Person,
    username: string,
    { password = PASSWORD, cookie = '', code = '' } = {},
  ) => {
    const response = await person.fetch(paths.api.session, {
      method: 'POST',
      headers: { 'content-type': 'application/json', cookie },
      body: JSON.stringify({ username, password, ...(code && { code }) }),
    })
    const cookies = response.headers.getSetCookie().map((text) => text.split(';')[0]!)
    return {
      status: response.status,
      cookie: cookies.filter((text) => text.startsWith('chatapp-device')).join('; '),
    }
  }

  test('count all addresses of an IPv6 /64 as one', async () => {
    expect(
      passed(
        await guess(
          'v6-name',
          times(30, (n) => `2001:db8:1:2:${n}::1`),
        ),
      ),
    ).toBe(10)
    const spray = times(30, (n) => `2001:db8:1:3::${n}`)
    const statuses = []
    for (const [n, address] of spray.entries()) statuses.push(...(await guess(`sprayed${n}`, [address])))
    expect(passed(statuses)).toBe(20)
  })

  test('count an IPv6 /48 as four of its networks', async () => {
    const statuses = []
    for (let n = 0; n < 100; n++) statuses.push(...(await guess(`wide${n}`, [`2001:db8:2:${n}::1`])))
    expect(passed(statuses)).toBe(80)
    expect(passed(await guess('wide', ['2001:db8:3::1']))).toBe(1)
  })

  test('count a name from all networks together', async () => {
    expect(
      passed(
        await guess(
          'named',
          times(60, (n) => `198.51.100.${n}`),
        ),
      ),
    ).toBe(50)
    expect(passed(await guess('NAMED', ['198.51.101.1']))).toBe(0)
    expect(passed(await guess('other', ['198.51.101.1']))).toBe(1)
  })

  test('of strangers do not apply to a device that signed in before, which has a limit of its own', async () => {
    const ada = await chat.signUp('ada')
    const { cookie } = await signInWith(ada, 'ada')
    expect(cookie).not.toBe('')
    // From the same address, as behind a proxy, for this name and for others.
    await guess(
      'ada',
      times(11, () => ada.address),
    )
    for (let n = 0; n < 25; n++) await guess(`colleague${n}`, [ada.address])
    await guess(
      'ada',
      times(60, (n) => `203.0.113.${n}`),
    )
    expect((await signInWith(ada, 'ada')).status).toBe(429)
    expect((await signInWith(ada, 'ada', { cookie })).status).toBe(200)
    // The device of one account is a stranger to others.
    await chat.signUp('grace')
    expect((await signInWith(ada, 'grace', { cookie })).status).toBe(429)
    const wrong = { cookie, password: WRONG }
    for (let n = 0; n < 10; n++) expect((await signInWith(ada, 'ada', wrong)).status).toBe(401)
    expect((await signInWith(ada, 'ada', { cookie })).status).toBe(429)
    const elsewhere = await chat.stranger().signIn('grace')
    expect(elsewhere.status).toBe(200)
  })

  test('of a known device are found among device cookies that others have set', async () => {
    const [own, foreign] = [await chat.signUp('tossed'), await chat.signUp('tosser')]
    const { cookie } = await signInWith(own, 'tossed')
    const other = (await signInWith(foreign, 'tosser')).cookie
    await guess(
      'tossed',
      times(11, () => own.address),
    )
    const junk = Array.from({ length: 100 }, (_, n) => `${cookie.split('=')[0]}=${n}`).join('; ')
    for (const sent of [`${other}; ${cookie}`, `${cookie}; ${other}`, `${junk}; ${cookie}; ${junk}`])
      expect((await signInWith(own, 'tossed', { cookie: sent })).status).toBe(200)
    expect((await signInWith(own, 'tossed', { cookie: other })).status).toBe(429)
  })

  test('are joined by one of all checks: 60 a minute for a session, a known device or a network', async () => {
    const busy = await chat.signUp('busy')
    const { cookie } = await signInWith(busy, 'busy')
    const confirm = async (person: Person) =>
      (await person.put(paths.api.email, { email: null, password: PASSWORD })).status
    const { id } = await chat.deps.orm.em.fork().findOneOrFail(UserEntity, { handle: 'busy' })
    for (let n = 0; n < 59; n++) await chat.deps.limits.take('passwordCheck', `user ${id}`)
    expect([await confirm(busy), await confirm(busy)]).toEqual([200, 429])
    const account = chat.deps.devices.open(cookie.split('=')[1]!)!.account
    for (let n = 0; n < 59; n++) await chat.deps.limits.take('passwordCheck', `account ${account}`)
    const stranger = chat.stranger()
    expect((await signInWith(stranger, 'busy', { cookie })).status).toBe(200)
    expect((await signInWith(stranger, 'busy', { cookie })).status).toBe(429)
    for (let n = 0; n < 60; n++) await chat.deps.limits.take('passwordCheck', stranger.address)
    expect((await signInWith(stranger, 'busy')).status).toBe(429)
    expect((await signInWith(chat.stranger(), 'busy')).status).toBe(200)
  })

  test('of strangers do not apply to passkeys', async () => {
    const owner = await chat.signUp('passkey-owner')
    const authenticator = newAuthenticator(chat.deps.config.origin)
    const { body: creation } = await owner.post(paths.api.passkeyCreation, { password: PASSWORD })
    const credential = authenticator.create(creation)
    expect((await owner.post(paths.api.passkeys, { name: 'phone', credential })).status).toBe(201)
    for (let n = 0; n < 25; n++) await guess(`stranger${n}`, [owner.address])
    const stranger = Object.assign(chat.stranger(), { address: owner.address })
    expect((await stranger.signIn('passkey-owner')).status).toBe(429)
    const { body: options } = await stranger.post(paths.api.passkeyRequest, {})
    const use = { credential: authenticator.get(options) }
    expect((await stranger.post(paths.api.passkeySession, use)).status).toBe(200)
  })

  test('of strangers do not apply to a signed-in session that confirms its password', async () => {
    const bob = await chat.signUp('bob')
    await guess(
      'bob',
      times(11, () => bob.address),
    )
    for (let n = 0; n < 25; n++) await guess(`anyone${n}`, [bob.address])
    const other = await chat.signUp('other-person')
    const change = { password: PASSWORD, newPassword: 'the long way home' }
    for (let n = 0; n < 10; n++) {
      expect((await bob.put(paths.api.password, { ...change, password: WRONG })).status).toBe(422)
    }
    expect((await bob.put(paths.api.password, change)).status).toBe(429)
    other.address = bob.address
    expect((await other.put(paths.api.password, change)).status).toBe(204)
  })

  test('and of wrong codes after the password apply neither to known devices nor to sessions', async () => {
    const owner = await chat.signUp('coded')
    const { cookie } = await signInWith(owner, 'coded')
    const { id } = await chat.deps.orm.em.fork().findOneOrFail(UserEntity, { handle: 'coded' })
    for (let n = 0; n < 10; n++) await chat.deps.limits.take('code', String(id))
    const { secret } = (await owner.post(paths.api.twoFactorSetup, { password: PASSWORD })).body
    const code = () => codeAt(secret, chat.deps.now())
    expect((await owner.post(paths.api.twoFactor, { code: code() })).status).toBe(200)
    await chat.deps.limits.clear('code', String(id))
    const thief = chat.stranger()
    for (let n = 0; n < 10; n++)
      expect((await signInWith(thief, 'coded', { code: '000000' })).status).toBe(401)
    chat.advance(30_000)
    expect((await signInWith(thief, 'coded', { code: code() })).status).toBe(429)
    expect((await signInWith(owner, 'coded', { cookie, code: code() })).status).toBe(200)
    chat.advance(30_000)
    const confirmation = { password: PASSWORD, code: code() }
    expect((await owner.post(paths.api.recoveryCodes, confirmation)).status).toBe(200)
  })

  test('leave a mailbox thief ten codes, however often they reset the password', async () => {
    const owner = await chat.signUp('mailbox-owner')
    const { secret } = (await owner.post(paths.api.twoFactorSetup, { password: PASSWORD })).body
    await owner.post(paths.api.twoFactor, { code: codeAt(secret, chat.deps.now()) })
    const { id } = await chat.deps.orm.em.fork().findOneOrFail(UserEntity, { handle: 'mailbox-owner' })
    const thief = chat.stranger()
    const statuses: number[] = []
    for (const password of ['the long way home', 'the short way home']) {
      const token = new URL(await createResetLink(chat.deps, id)).searchParams.get('token')
      const { headers } = await thief.post(paths.api.passwordResetCompletion, { token, password })
      const cookie = headers.getSetCookie()[0]!.split(';')[0]!
      for (let n = 0; n < 8; n++)
        statuses.push((await signInWith(thief, 'mailbox-owner', { password, cookie, code: '000000' })).status)
    }
    expect(passed(statuses)).toBe(10)
  })

  test('let the owner of a mailbox sign in after a reset of the password', async () => {
    await chat.signUp('locked-out')
    await guess(
      'locked-out',
      times(60, (n) => `192.0.2.${n}`),
    )
    const { id } = await chat.deps.orm.em.fork().findOneOrFail(UserEntity, { handle: 'locked-out' })
    const token = new URL(await createResetLink(chat.deps, id)).searchParams.get('token')
    const password = 'the long way home'
    const owner = chat.stranger()
    const { headers } = await owner.post(paths.api.passwordResetCompletion, { token, password })
    const cookie = headers.getSetCookie()[0]!.split(';')[0]!
    expect((await signInWith(owner, 'locked-out', { password })).status).toBe(429)
    expect((await signInWith(owner, 'locked-out', { password, cookie })).status).toBe(200)
  })

  test('are not used up by right passwords', async () => {
    await chat.signUp('frequent')
    const stranger = chat.stranger()
    for (let n = 0; n < 25; n++) expect((await signInWith(stranger, 'frequent')).status).toBe(200)
  })
})
