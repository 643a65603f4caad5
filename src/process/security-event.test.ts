import { afterAll, describe, expect, test } from 'bun:test'
import { backends, openChat } from '../../test/support/chat.ts'
import { PASSWORD } from '../../test/support/person.ts'
import { paths } from '../../web/paths.ts'
import { UserEntity } from '../accounts/users/entity.ts'

describe.each(backends)('security events, on $name,', async (backend) => {
  const chat = await openChat(backend)
  afterAll(() => chat.close())
  const ada = await chat.signUp('ada')
  const { id: user } = await chat.deps.orm.em.fork().findOneOrFail(UserEntity, { handle: 'ada' })

  /** The events that were logged during `act`, without what every line has. */
  const eventsOf = async (act: () => Promise<unknown>) => {
    const before = chat.logged.length
    await act()
    return chat.logged
      .slice(before)
      .map((line) => JSON.parse(line))
      .filter((line) => 'event' in line)
      .map(({ time: _, pid: _p, hostname: _h, requestId, ...line }) => {
        expect(requestId).toBeString()
        return line
      })
  }

  test('of sign-ins name outcome, account and address, and no username', async () => {
    const stranger = Object.assign(chat.stranger(), { address: '::ffff:203.0.113.9' })
    const events = await eventsOf(async () => {
      await stranger.signIn('ada', 'wrong password')
      await stranger.signIn('a-password-in-the-wrong-field', 'wrong password')
      await stranger.signIn('ada')
    })
    const common = { event: 'sign-in', method: 'password', address: '203.0.113.9' }
    expect(events).toEqual([
      { level: 40, ...common, outcome: 'failed', user, msg: 'sign-in failed' },
      { level: 40, ...common, outcome: 'failed', user: null, msg: 'sign-in failed' },
      { level: 30, ...common, outcome: 'succeeded', user, msg: 'sign-in succeeded' },
    ])
    expect(JSON.stringify(events)).not.toMatch(/ada|wrong-field/)
  })

  test('tell refusals by a limit apart', async () => {
    const stranger = chat.stranger()
    for (let n = 0; n < 10; n++) await stranger.signIn('nobody', 'x'.repeat(1000))
    const events = await eventsOf(() => stranger.signIn('nobody', 'x'.repeat(1000)))
    expect(events).toMatchObject([{ event: 'sign-in', outcome: 'limited', user: null }])
  })

  test('cover passkeys, confirmations, changes of the password, new accounts and denied access', async () => {
    const wrong = {
      response: { clientDataJSON: '', authenticatorData: '', signature: '' },
      id: 'x',
      rawId: 'x',
    }
    const events = await eventsOf(async () => {
      const used = { ...wrong, type: 'public-key', clientExtensionResults: {} }
      await chat.stranger().post(paths.api.passkeySession, { credential: used })
      await ada.put(paths.api.password, { password: 'wrong', newPassword: 'the long way home' })
      await ada.put(paths.api.password, { password: PASSWORD, newPassword: 'the long way home' })
      await ada.get('/api/v1/admin/users')
      await chat.signUp('new-account')
    })
    expect(events.map(({ event, outcome, user }) => [event, outcome, user])).toEqual([
      ['sign-in', 'failed', null],
      ['password-confirmation', 'failed', user],
      ['password-confirmation', 'succeeded', user],
      ['password-change', 'succeeded', user],
      ['access-denied', 'failed', user],
      ['sign-up', 'succeeded', expect.any(Number)],
    ])
  })
})
