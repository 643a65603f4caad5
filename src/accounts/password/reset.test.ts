import { afterAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { backends, openChat } from '../../../test/support/chat.ts'
import { nextSignOut } from '../../../test/support/events.ts'
import { lastMailTo, mailsTo } from '../../../test/support/mail.ts'
import { type ApiResponse, PASSWORD } from '../../../test/support/person.ts'
import { paths } from '../../../web/paths.ts'
import type { Orm } from '../../database/orm.ts'
import { JobEntity } from '../../jobs/entity.ts'
import { startJobs } from '../../jobs/start.ts'
import { MAIL_JOB } from '../../notifications/mail/mail-job.ts'
import { SessionEntity } from '../sessions/entity.ts'
import { AccountLinkEntity, UserEntity } from '../users/entity.ts'
import { createResetLink, passwordResetHandler } from './reset.ts'

// Hashing passwords is slow on a busy machine.
setDefaultTimeout(180_000)

const NEW = 'another long password'
const MINUTE = 60

describe.each(backends)('a forgotten password, on $name', async (backend) => {
  let beforeSession = async () => {}
  const chat = await openChat(backend, {
    env: { ORIGIN: 'https://chat.example.org' },
    using: (deps) => ({
      ...deps,
      limits: {
        ...deps.limits,
        async clear(rule, key) {
          await deps.limits.clear(rule, key)
          await beforeSession()
        },
      },
    }),
  })
  afterAll(() => chat.close())
  const em = () => chat.deps.orm.em.fork()
  const idOf = async (handle: string) => (await em().findOneOrFail(UserEntity, { handle })).id

  /** A new user with a verified address. */
  const member = async (username: string) => {
    const person = await chat.signUp(username)
    const email = `${username}@recovery.example`
    await em().nativeUpdate(UserEntity, { handle: username }, { email })
    return { person, email }
  }
  const ask = (email: unknown, who = chat.stranger()) => who.post(paths.api.passwordResets, { email })
  const complete = (token: string | null, password = NEW) =>
    chat.stranger().post(paths.api.passwordResetCompletion, { token, password })
  const tokenFor = async (email: string) => {
    await ask(email)
    return (await lastMailTo(chat, email)).link.searchParams.get('token')!
  }
  const fault = ({ status, body }: ApiResponse) => [status, body.errors[0].field, body.errors[0].code]
  const dead = [422, 'token', 'link']

  test('is reset with the link in a mail, which revokes all sessions', async () => {
    const { person, email } = await member('ada')
    await chat.stranger().signIn('ada')
    const live = await person.events()
    expect((await ask(' \u200eADA＠Recovery.example\u00a0')).status).toBe(202)
    const mail = await lastMailTo(chat, email)
    expect(mail.from?.address).toBe('chatapp@chat.example.org')
    expect(mail.link.origin + mail.link.pathname).toBe('https://chat.example.org/reset-password')
    expect(mail.text).toContain('Hi ada,')

    const signedOut = await nextSignOut(chat, person)
    expect((await complete(mail.link.searchParams.get('token'))).status).toBe(204)
    await Promise.all([signedOut(), live.ended()])
    expect((await person.get(paths.api.session)).status).toBe(401)
    expect(await em().count(SessionEntity, { user: await idOf('ada') })).toBe(0)
    expect((await chat.stranger().signIn('ada', PASSWORD)).status).toBe(401)
    expect((await chat.stranger().signIn('ada', NEW)).status).toBe(200)
    expect((await lastMailTo(chat, email)).subject).toBe('Your ChatApp password was changed')
  })

  test('does not affect other users when it is reset', async () => {
    const { email } = await member('one')
    const { person: other, email: theirs } = await member('other')
    const kept = await tokenFor(theirs)
    await complete(await tokenFor(email))
    expect((await other.get(paths.api.session)).status).toBe(200)
    expect((await chat.stranger().signIn('other')).status).toBe(200)
    expect((await chat.stranger().signIn('other', NEW)).status).toBe(401)
    expect((await complete(kept)).status).toBe(204)
  })

  test('is reset once by a link, even with concurrent uses, which invalidates the other links of the account', async () => {
    const { email } = await member('once')
    const [older, newer] = [await tokenFor(email), await tokenFor(email)]
    const both = await Promise.all([complete(older), complete(older, `${NEW} 2`)])
    expect(both.map(({ status }) => status).sort()).toEqual([204, 422])
    expect(fault(await complete(older))).toEqual(dead)
    expect(fault(await complete(newer))).toEqual(dead)
  })

  test('can be reset with an earlier link until one is used', async () => {
    const { email } = await member('twice')
    const first = await tokenFor(email)
    await ask(email)
    expect((await complete(first)).status).toBe(204)
  })

  test('is not reset by a link with another purpose, or a forged, truncated or very long token', async () => {
    const { person, email } = await member('nonsense')
    const token = await tokenFor(email)
    await person.put(paths.api.email, { email: 'new@recovery.example', password: PASSWORD })
    const verify = (await lastMailTo(chat, 'new@recovery.example')).link.searchParams.get('token')!
    for (const wrong of [
      verify,
      '',
      token.slice(1),
      `${token}x`,
      token.toLowerCase(),
      'x'.repeat(20_000),
      '\0',
      '\ud800',
    ]) {
      expect(fault(await complete(wrong))).toEqual(dead)
    }
    for (const body of [
      {},
      { token },
      { token: [token], password: NEW },
      { token, password: NEW, user: 1 },
      null,
    ]) {
      expect((await chat.stranger().post(paths.api.passwordResetCompletion, body)).status).toBe(422)
    }
    const { tokenHash } = await em().findOneOrFail(AccountLinkEntity, {
      user: await idOf('nonsense'),
      purpose: 'reset',
    })
    expect(fault(await complete(tokenHash))).toEqual(dead)
    expect((await chat.stranger().signIn('nonsense')).status).toBe(200)
    expect((await complete(token)).status).toBe(204)
  })

  test('is not replaced by an invalid password, and the link stays valid', async () => {
    const { email } = await member('password99')
    const token = await tokenFor(email)
    for (const [password, code] of [
      ['short', 'password_short'],
      ['x'.repeat(201), 'password_long'],
      ['PassWord99', 'password_name'],
      ['PassWord99@Recovery.example', 'password_name'],
      ['12345678', 'password_common'],
      ['Recovery2024!', 'password_common'],
    ] as const) {
      expect(fault(await complete(token, password))).toEqual([422, 'password', code])
    }
    expect((await complete(token)).status).toBe(204)
  })

  test('has reset links whose rows contain only the hash of the token', async () => {
    const { email } = await member('hashed')
    const token = await tokenFor(email)
    expect(token).toMatch(/^[\w-]{43}$/)
    const rows = await em().find(AccountLinkEntity, {})
    expect(JSON.stringify(rows)).not.toContain(token)
    expect(chat.logged.join('')).not.toContain(token)
    expect(chat.logged.join('')).not.toContain(email)
  })

  describe('requested', () => {
    test('for an unknown or unverified address or a disabled account gets the same response, and no mail is sent', async () => {
      const { email } = await member('gone')
      await em().nativeUpdate(UserEntity, { handle: 'gone' }, { disabledAt: new Date() })
      const claimed = 'claimed@recovery.example'
      await chat.signUp('claimant', { email: claimed })
      const { email: known } = await member('known')
      const answers = []
      for (const address of [known, 'nobody@recovery.example', email, claimed]) {
        const { status, body, headers } = await ask(address)
        headers.delete('x-request-id')
        answers.push({ status, body, headers: [...headers] })
      }
      expect(answers[0]!.status).toBe(202)
      for (const answer of answers) expect(answer).toEqual(answers[0]!)
      expect((await mailsTo(chat, known)).length).toBe(1)
      for (const address of ['nobody@recovery.example', email])
        expect(await mailsTo(chat, address)).toEqual([])
      expect((await mailsTo(chat, claimed)).map(({ subject }) => subject)).toEqual([
        'Confirm your email for ChatApp',
      ])
    })

    test('stores a mail for an unknown address, too, which is discarded', async () => {
      const { email } = await member('timed')
      const handler = passwordResetHandler(chat.deps)
      const mailsFor = (address: string) =>
        new Promise<number>((resolve, reject) => {
          const job = {
            signal: new AbortController().signal,
            complete: async (em: Orm['em']) => {
              const mails = await em.find(JobEntity, { kind: MAIL_JOB })
              resolve(mails.filter(({ payload }) => payload.includes(address)).length)
            },
          }
          handler.run({ email: address, language: 'en' }, job).catch(reject)
        })
      expect(await mailsFor(email)).toBe(1)
      expect(await mailsFor('nothing@recovery.example')).toBe(1)
      expect((await mailsTo(chat, email)).length).toBe(1)
      expect(await mailsTo(chat, 'nothing@recovery.example')).toEqual([])
    })

    test('for an invalid address is refused', async () => {
      for (const email of [
        '',
        'nowhere',
        'a@b.org\r\nBcc: eve@recovery.example',
        'a@b.org,eve@recovery.example',
        'a@b.org>',
        '\0@b.org',
      ])
        expect((await ask(email)).status).toBe(422)
      for (const email of [null, ['ada@recovery.example'], { $ne: '' }, 1])
        expect((await ask(email)).status).toBe(422)
    })

    test('gets a link to the configured origin, whatever the headers of the request', async () => {
      const { email } = await member('poisoned')
      const evil = 'evil.example.com'
      for (const headers of [
        { host: evil },
        { 'x-forwarded-host': evil, 'x-forwarded-proto': 'https', forwarded: `host=${evil}` },
        { 'x-original-url': `https://${evil}/`, 'x-host': evil },
      ]) {
        await chat.stranger().fetch(paths.api.passwordResets, {
          method: 'POST',
          headers: { 'content-type': 'application/json', ...headers },
          body: JSON.stringify({ email }),
        })
      }
      const mails = await mailsTo(chat, email)
      expect(mails.length).toBe(3)
      for (const mail of mails) {
        expect(mail.link.origin).toBe('https://chat.example.org')
        expect(mail.text + mail.html + JSON.stringify(mail.headers)).not.toContain(evil)
      }
    })

    test('is mailed in the language of the account, or else of the request', async () => {
      const { email } = await member('lan')
      const inChinese = { 'content-type': 'application/json', 'accept-language': 'zh' }
      const body = JSON.stringify({ email })
      await chat.stranger().fetch(paths.api.passwordResets, { method: 'POST', headers: inChinese, body })
      expect((await lastMailTo(chat, email)).subject).toBe('重设 ChatApp 密码')
      await em().nativeUpdate(UserEntity, { handle: 'lan' }, { language: 'en' })
      await chat.stranger().fetch(paths.api.passwordResets, { method: 'POST', headers: inChinese, body })
      expect((await lastMailTo(chat, email)).subject).toBe('Reset your ChatApp password')
    })

    test('is rate limited for each mailbox, known or unknown', async () => {
      const { email } = await member('flooded')
      for (const address of [email, 'flooded-nobody@recovery.example']) {
        for (let n = 0; n < 5; n++) expect((await ask(address)).status).toBe(202)
        const refusal = await ask(address.toUpperCase())
        expect(refusal.status).toBe(429)
        expect(Number(refusal.headers.get('retry-after'))).toBeWithin(1, 30 * MINUTE + 1)
      }
      expect((await mailsTo(chat, email)).length).toBe(5)
    })

    test('is rate limited for each client address', async () => {
      const crowd = chat.stranger()
      for (let n = 0; n < 20; n++) expect((await ask(`crowd${n}@recovery.example`, crowd)).status).toBe(202)
      expect((await ask('crowd20@recovery.example', crowd)).status).toBe(429)
      expect((await ask('crowd20@recovery.example')).status).toBe(202)
    })
  })

  test('is not reset by links sent before the email address was changed or removed', async () => {
    const { person, email } = await member('mover')
    const token = await tokenFor(email)
    await person.put(paths.api.email, { email: 'moved@recovery.example', password: PASSWORD })
    const verify = (await lastMailTo(chat, 'moved@recovery.example')).link.searchParams.get('token')
    await chat.stranger().post(paths.api.emailVerification, { token: verify })
    expect(fault(await complete(token))).toEqual(dead)
    const again = await tokenFor('moved@recovery.example')
    await person.put(paths.api.email, { email: null, password: PASSWORD })
    expect(fault(await complete(again))).toEqual(dead)
  })

  test('invalidates pending email verifications when it is reset', async () => {
    const { person, email } = await member('robbed')
    await person.put(paths.api.email, { email: 'thief@recovery.example', password: PASSWORD })
    const thief = (await lastMailTo(chat, 'thief@recovery.example')).link.searchParams.get('token')
    await complete(await tokenFor(email))
    expect(fault(await chat.stranger().post(paths.api.emailVerification, { token: thief }))).toEqual(dead)
  })

  test('of a disabled account cannot be reset', async () => {
    const { email } = await member('locked')
    const token = await tokenFor(email)
    await em().nativeUpdate(UserEntity, { handle: 'locked' }, { disabledAt: new Date() })
    expect(fault(await complete(token))).toEqual(dead)
  })

  test('cannot complete a sign-in that started before it was reset', async () => {
    const { email } = await member('racer')
    const token = await tokenFor(email)
    beforeSession = async () => {
      beforeSession = async () => {}
      await complete(token)
    }
    expect((await chat.stranger().signIn('racer')).status).toBe(401)
    expect(await em().count(SessionEntity, { user: await idOf('racer') })).toBe(0)
    expect((await chat.stranger().signIn('racer', NEW)).status).toBe(200)
  })

  test('of a user without an email address can be reset with a link from an administrator', async () => {
    await chat.signUp('nomail')
    const link = new URL(await createResetLink(chat.deps, await idOf('nomail')))
    expect(link.origin).toBe('https://chat.example.org')
    expect((await complete(link.searchParams.get('token'))).status).toBe(204)
    expect((await chat.stranger().signIn('nomail', NEW)).status).toBe(200)
  })

  test('is reset by the last link of an administrator or a later request, but not by earlier links', async () => {
    const { email } = await member('handed')
    const make = async () =>
      new URL(await createResetLink(chat.deps, await idOf('handed'))).searchParams.get('token')
    const older = [await tokenFor(email), await make()]
    const others = await make()
    const [last, asked] = [await make(), await tokenFor(email)]
    for (const token of [...older, others]) expect(fault(await complete(token))).toEqual(dead)
    expect(await em().count(AccountLinkEntity, { user: await idOf('handed') })).toBe(2)
    expect((await complete(asked, 'short')).status).toBe(422)
    expect((await complete(last)).status).toBe(204)
  })

  test('can be reset for half an hour; a later request leaves expired links to the purge job', async () => {
    const { email } = await member('late')
    const [early, late] = [await tokenFor(email), await tokenFor(email)]
    chat.advance(30 * MINUTE - 5)
    expect((await complete(early, 'short')).body.errors[0].field).toBe('password')
    chat.advance(10)
    expect(fault(await complete(late))).toEqual(dead)
    const fresh = await tokenFor(email)
    expect(await em().count(AccountLinkEntity, { user: await idOf('late') })).toBe(3)
    expect((await complete(fresh)).status).toBe(204)
  })
})

test.each(backends)(
  'on $name, a reset request stores the same job whether or not an account has the address',
  async (backend) => {
    const chat = await openChat(backend)
    const em = chat.deps.orm.em.fork()
    await chat.signUp('ada')
    await em.nativeUpdate(UserEntity, { handle: 'ada' }, { email: 'ada@example.org' })
    await chat.jobs.close()
    for (const email of ['ada@example.org', 'nobody@example.org']) {
      expect((await chat.stranger().post(paths.api.passwordResets, { email })).status).toBe(202)
    }
    expect(await em.count(AccountLinkEntity)).toBe(0)
    const stored = await em.find(JobEntity, { kind: { $ne: 'purge' } }, { orderBy: { id: 'asc' } })
    expect(stored.map(({ kind, payload }) => [kind, JSON.parse(payload)])).toEqual([
      ['password-reset-request', { email: 'ada@example.org', language: 'en' }],
      ['password-reset-request', { email: 'nobody@example.org', language: 'en' }],
    ])

    const jobs = startJobs(chat.deps)
    const restarted = { deps: chat.deps, jobs }
    expect((await mailsTo(restarted, 'ada@example.org')).length).toBe(1)
    expect(await mailsTo(restarted, 'nobody@example.org')).toEqual([])
    expect(await em.count(AccountLinkEntity)).toBe(1)
    expect(await em.count(JobEntity, { kind: { $ne: 'purge' } })).toBe(0)
    await jobs.close()
    await chat.close()
  },
)
