import { afterAll, describe, expect, test } from 'bun:test'
import { codeAt } from '../../test/support/authenticator-app.ts'
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
      // The session that an earlier test started.
      ['session-revoked', 'succeeded', user],
      ['password-change', 'succeeded', user],
      ['access-denied', 'failed', user],
      ['sign-up', 'succeeded', expect.any(Number)],
    ])
  })

  test('cover changes of sessions, tokens, two-factor authentication and the email address', async () => {
    const cleo = await chat.signUp('cleo')
    const { id } = await chat.deps.orm.em.fork().findOneOrFail(UserEntity, { handle: 'cleo' })
    const events = await eventsOf(async () => {
      const created = await cleo.post(paths.api.tokens, { name: 'robot', days: 1, password: PASSWORD })
      await cleo.delete(paths.api.token(created.body.id))
      const setup = await cleo.post(paths.api.twoFactorSetup, { password: PASSWORD })
      const code = codeAt(setup.body.secret, new Date())
      const { recoveryCodes } = (await cleo.post(paths.api.twoFactor, { code })).body
      await cleo.put(paths.api.email, { email: '', password: PASSWORD, code: recoveryCodes[0] })
      await cleo.post(paths.api.twoFactorRemoval, { password: PASSWORD, code: recoveryCodes[1] })
      await cleo.delete(paths.api.session)
    })
    expect(events.filter(({ event }) => event !== 'password-confirmation')).toMatchObject(
      [
        'api-token-created',
        'session-revoked',
        'two-factor-on',
        'email-change',
        'two-factor-off',
        'session-revoked',
      ].map((event) => ({ event, outcome: 'succeeded', user: id, level: 30 })),
    )
  })

  test('cover invalid tokens, links and invites', async () => {
    const events = await eventsOf(async () => {
      const stranger = chat.stranger()
      await stranger.fetch(paths.api.session, { headers: { authorization: 'Bearer nonsense' } })
      const token = 'x'.repeat(43)
      await stranger.post(paths.api.passwordResetCompletion, { token, password: 'the long way home' })
      await stranger.post(paths.api.emailVerification, { token })
      await stranger.post(paths.api.users, { username: 'dan', password: PASSWORD, invite: token })
      // Without a token, this is no attempt.
      await stranger.get(paths.api.session)
    })
    expect(events.map(({ event, outcome, user }) => [event, outcome, user])).toEqual(
      ['access-denied', 'password-reset', 'email-change', 'invite'].map((event) => [event, 'failed', null]),
    )
  })

  test('of invalid links and invites are at most 20 a minute from one client', async () => {
    for (const path of [paths.invite, paths.resetPassword, paths.verifyEmail]) {
      const stranger = chat.stranger()
      const events = await eventsOf(async () => {
        for (let n = 0; n < 30; n++) await stranger.fetch(`${path}?token=wrong${n}`)
      })
      expect(events).toHaveLength(20)
    }
  })
})
