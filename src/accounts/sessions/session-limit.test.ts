import { afterAll, describe, expect, test } from 'bun:test'
import { newAuthenticator } from '../../../test/support/authenticator.ts'
import { backends, openChat } from '../../../test/support/chat.ts'
import { nextSignOut } from '../../../test/support/events.ts'
import { type ApiResponse, PASSWORD, type Person } from '../../../test/support/person.ts'
import { paths } from '../../../web/paths.ts'
import type { Deps } from '../../process/deps.ts'
import { PasskeyEntity } from '../passkeys/entity.ts'
import { UserEntity } from '../users/entity.ts'
import { SessionEntity } from './entity.ts'
import { startSession } from './session.ts'

describe.each(backends)('the sessions of a user, on $name,', async (backend) => {
  const chat = await openChat(backend)
  afterAll(() => chat.close())
  const { orm } = chat.deps
  const userOf = (username: string) => orm.em.fork().findOneOrFail(UserEntity, { username })
  const device = { userAgent: '', address: '::1' }

  test('are at most 100: one more revokes the oldest, and its live connections close', async () => {
    const ada = await chat.signUp('ada')
    const user = await userOf('ada')
    const { body: token } = await ada.post(paths.api.tokens, { name: 'script', days: 1, password: PASSWORD })
    const second = Object.assign(chat.stranger(), await startSession(chat.deps, user, device))
    for (let n = 2; n < 100; n++) await startSession(chat.deps, user, device)
    expect((await ada.get(paths.api.session)).status).toBe(200)

    const events = await ada.events()
    const signOut = await nextSignOut(chat, ada)
    await startSession(chat.deps, user, device)
    await Promise.all([signOut(), events.ended()])
    const script = Object.assign(chat.stranger(), { token: token.token })
    const statuses = [ada, second, script].map(async (person) => (await person.get(paths.api.session)).status)
    expect(await Promise.all(statuses)).toEqual([401, 200, 200])
    expect(await orm.em.fork().count(SessionEntity, { user, name: null })).toBe(100)
  })

  test('are at most 100 after concurrent sign-ins', async () => {
    await chat.signUp('bob')
    const user = await userOf('bob')
    for (let n = 1; n < 95; n++) await startSession(chat.deps, user, device)
    await Promise.all(Array.from({ length: 12 }, () => startSession(chat.deps, user, device)))
    expect(await orm.em.fork().count(SessionEntity, { user })).toBe(100)
  })
})

describe.each(backends)(
  'a request authenticated before its session was revoked, on $name,',
  async (backend) => {
    let gate: { reached(): void; opened: Promise<void> } | null = null
    /** Pauses the next request after its authentication; `open` resumes it. */
    async function stopAfterAuthentication(request: () => Promise<ApiResponse>) {
      const [reached, opened] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
      gate = { reached: reached.resolve, opened: opened.promise }
      const answer = request()
      await reached.promise
      return { answer, open: opened.resolve }
    }
    const using = (deps: Deps): Deps => ({
      ...deps,
      limits: {
        ...deps.limits,
        async take(rule, key) {
          const passing = rule === 'request' ? gate : null
          if (passing) {
            gate = null
            passing.reached()
            await passing.opened
          }
          return deps.limits.take(rule, key)
        },
      },
    })
    const chat = await openChat(backend, { using })
    afterAll(() => chat.close())

    const change = { password: PASSWORD, newPassword: 'the long way home' }
    test.each([
      // The password that confirms the token is no longer valid, and the challenge of the passkey is deleted.
      ['ada', 'a new password', (person: Person) => person.put(paths.api.password, change), [422, 422]],
      ['bob', 'signing out elsewhere', (person: Person) => person.delete(paths.api.sessions), [401, 401]],
    ] as const)('of %s adds no API token and no passkey after %s', async (username, _, end, expected) => {
      const person = await chat.signUp(username)
      const elsewhere = chat.stranger()
      await elsewhere.signIn(username)
      const { body: options } = await person.post(paths.api.passkeyCreation, { password: PASSWORD })
      const credential = newAuthenticator(chat.deps.config.origin).create(options)
      const requests = [
        await stopAfterAuthentication(() =>
          person.post(paths.api.tokens, { name: 'script', days: 365, password: PASSWORD }),
        ),
        await stopAfterAuthentication(() => person.post(paths.api.passkeys, { name: 'phone', credential })),
      ]
      expect((await end(elsewhere)).status).toBe(204)
      for (const { open } of requests) open()
      const answers = await Promise.all(requests.map(({ answer }) => answer))
      expect(answers.map(({ status }) => status)).toEqual([...expected])
      const em = chat.deps.orm.em.fork()
      const user = await em.findOneOrFail(UserEntity, { username })
      expect(await em.count(SessionEntity, { user })).toBe(1)
      expect(await em.count(PasskeyEntity, { user })).toBe(0)
    })
  },
)
