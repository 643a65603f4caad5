import { afterAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { newAuthenticator } from '../../../test/support/authenticator.ts'
import { codeAt } from '../../../test/support/authenticator-app.ts'
import { backends, openChat } from '../../../test/support/chat.ts'
import { lastMailTo, mailsTo } from '../../../test/support/mail.ts'
import { type ApiResponse, PASSWORD, type Person } from '../../../test/support/person.ts'
import { paths } from '../../../web/paths.ts'
import { noRateLimits } from '../../http/rate-limits.ts'
import { deleteAccount } from '../data/deletion.ts'
import { SignInExpired } from '../sign-in/errors.ts'
import { createSignInProof, signIn, signInWithCode } from '../sign-in/service.ts'
import { UserEntity } from '../users/entity.ts'
import { RecoveryCodeEntity, TotpEntity } from './entity.ts'
import { CodeRequired } from './errors.ts'

// Hashing passwords is slow on a busy machine.
setDefaultTimeout(180_000)

/** Validity of a code, in seconds. */
const STEP = 30
const MINUTE = 60

describe.each(backends)('two-factor authentication, on $name,', async (backend) => {
  const chat = await openChat(backend)
  afterAll(() => chat.close())
  const bob = await chat.signUp('bob')

  const fault = ({ status, body }: ApiResponse) => [status, body.errors?.[0].field, body.errors?.[0].code]
  const begin = (person: Person, password = PASSWORD) => person.post(paths.api.twoFactorSetup, { password })
  const confirm = (person: Person, code: string) => person.post(paths.api.twoFactor, { code })
  const now = (secret: string, later = 0) =>
    codeAt(secret, new Date(chat.deps.now().getTime() + later * STEP * 1000))
  const enter = (username: string, code?: string, password = PASSWORD) =>
    chat.stranger().post(paths.api.session, { username, password, ...(code !== undefined && { code }) })
  const stateOf = async (person: Person) => (await person.get(paths.api.twoFactor)).body
  /** A new user with two-factor authentication; the code of the current step is used up. */
  const guarded = async (username: string, more = {}) => {
    const person = await chat.signUp(username, more)
    const { secret } = (await begin(person)).body
    const { body } = await confirm(person, now(secret))
    chat.advance(STEP)
    return { person, secret: secret as string, codes: body.recoveryCodes as string[] }
  }
  const [required, wrong] = [
    [401, 'code', 'second_factor'],
    [401, 'code', 'code_wrong'],
  ]

  test('requires a code only after the setup was confirmed', async () => {
    const ada = await chat.signUp('ada')
    const { status, body } = await begin(ada)
    expect([status, body.uri]).toEqual([200, expect.stringContaining(`secret=${body.secret}`)])
    expect(body.uri).toStartWith('otpauth://totp/ChatApp%20localhost:ada?')
    expect((await enter('ada')).status).toBe(200)
    for (const code of ['000000', '', 'x', now(body.secret, 3), now(body.secret, -3)])
      expect(fault(await confirm(ada, code))).toEqual([422, 'code', 'code_wrong'])
    expect(await stateOf(ada)).toEqual({ on: false, since: null, recoveryCodesLeft: 0 })
    const on = await confirm(ada, ` ${now(body.secret).replace(/.../, '$& ')}`)
    expect([on.status, new Set(on.body.recoveryCodes).size]).toEqual([200, 10])
    expect(await stateOf(ada)).toEqual({ on: true, since: expect.any(String), recoveryCodesLeft: 10 })
    expect(fault(await enter('ada'))).toEqual(required)
    expect((await ada.get(paths.api.session)).status).toBe(200)
    expect((await enter('bob')).status).toBe(200)
  })

  test('accepts the code of the current or an adjacent time step once, and no older one', async () => {
    const { secret } = await guarded('carol')
    chat.advance(3 * STEP)
    for (const far of [-2, 2, 20_000]) expect(fault(await enter('carol', now(secret, far)))).toEqual(wrong)
    const code = now(secret)
    const twins = await Promise.all([enter('carol', code), enter('carol', code)])
    expect(twins.map(({ status }) => status).sort()).toEqual([200, 401])
    expect(fault(await enter('carol', code))).toEqual(wrong)
    expect(fault(await enter('carol', now(secret, -1)))).toEqual(wrong)
    expect((await enter('carol', now(secret, 1))).status).toBe(200)
    chat.advance(STEP)
    expect(fault(await enter('carol', now(secret)))).toEqual(wrong)
    chat.advance(STEP)
    expect((await enter('carol', now(secret, -1))).status).toBe(401)
    expect((await enter('carol', now(secret))).status).toBe(200)
  })

  test('does not accept the code that turned it on', async () => {
    const dora = await chat.signUp('dora')
    const { secret } = (await begin(dora)).body
    const code = now(secret)
    expect((await confirm(dora, code)).status).toBe(200)
    expect(fault(await enter('dora', code))).toEqual(wrong)
  })

  test('is not revealed without the password', async () => {
    const { secret } = await guarded('emil')
    const nobody = await enter('nobody', now(secret), 'guessed')
    const same = { ...nobody.body, requestId: expect.any(String) }
    for (const code of [undefined, now(secret), '000000'])
      expect((await enter('emil', code, 'guessed')).body).toEqual(same)
    // The correct code was not used up.
    expect((await enter('emil', now(secret))).status).toBe(200)
  })

  test('accepts each recovery code once, in any notation, and only for its owner', async () => {
    const { person, codes } = await guarded('fay')
    const { codes: others } = await guarded('fred')
    expect(fault(await enter('fay', others[0]))).toEqual(wrong)
    expect((await enter('fay', codes[0])).status).toBe(200)
    expect(fault(await enter('fay', codes[0]))).toEqual(wrong)
    const typed = codes[1]!.toLowerCase().replaceAll('-', ' ').replaceAll('0', 'o').replaceAll('1', 'l')
    expect((await enter('fay', typed)).status).toBe(200)
    const twins = await Promise.all([enter('fay', codes[2]), enter('fay', codes[2])])
    expect(twins.map(({ status }) => status).sort()).toEqual([200, 401])
    expect(await stateOf(person)).toMatchObject({ recoveryCodesLeft: 7 })
    for (const part of [codes[3]!.slice(0, 23), `${codes[3]}0`, '%', '', ' ', '\0'])
      expect((await enter('fay', part)).status).toBe(401)
  })

  test('uses up one code and starts one session with one proof of the password', async () => {
    const { person, codes } = await guarded('gus')
    const user = await chat.deps.orm.em.fork().findOneOrFail(UserEntity, { handle: 'gus' })
    const proof = await createSignInProof(chat.deps, new CodeRequired(user.id))
    const unlimited = { ...chat.deps, limits: noRateLimits }
    const client = { address: '192.0.2.1', userAgent: '', devices: [], signal: null }
    const attempts = await Promise.allSettled(
      Array.from({ length: 60 }, (_, n) => signInWithCode(unlimited, client, { proof, code: codes[n % 10] })),
    )
    const refused = attempts.filter(({ status }) => status === 'rejected') as PromiseRejectedResult[]
    expect(refused).toHaveLength(59)
    for (const { reason } of refused) expect(reason).toBeInstanceOf(SignInExpired)
    expect(await stateOf(person)).toMatchObject({ recoveryCodesLeft: 9 })
    expect((await person.get(paths.api.sessions)).body.results).toHaveLength(2)
  })

  test('keeps a code whose sign-in fails', async () => {
    const { person, codes } = await guarded('hedy')
    const broken = {
      ...chat.deps,
      tokens: { ...chat.deps.tokens, sign: () => Promise.reject(new Error('disk')) },
    }
    const proof = { username: 'hedy', password: PASSWORD, code: codes[0]! }
    const client = { address: '192.0.2.1', userAgent: '', devices: [], signal: null }
    await expect(signIn(broken, client, proof)).rejects.toThrow('disk')
    expect(await stateOf(person)).toMatchObject({ recoveryCodesLeft: 10 })
    expect((await enter('hedy', codes[0])).status).toBe(200)
  })

  test('replaces the recovery codes with the password, which invalidates the old ones', async () => {
    const { person, secret, codes } = await guarded('gil')
    const renew = (password: string) => person.post(paths.api.recoveryCodes, { password, code: now(secret) })
    expect(fault(await renew('guessed'))).toEqual([422, 'password', 'password_wrong'])
    expect((await enter('gil', codes[0])).status).toBe(200)
    const { body } = await renew(PASSWORD)
    expect(fault(await enter('gil', codes[1]))).toEqual(wrong)
    expect((await enter('gil', body.recoveryCodes[1])).status).toBe(200)
    expect(await stateOf(person)).toMatchObject({ recoveryCodesLeft: 9 })
    const off = await bob.post(paths.api.recoveryCodes, { password: PASSWORD })
    expect(fault(off)).toEqual([409, 'form', 'two_factor_off'])
  })

  test('limits wrong codes by account, from any address', async () => {
    const { secret, codes } = await guarded('hal')
    for (let n = 0; n < 10; n++)
      expect(fault(await enter('hal', n % 2 ? '000000' : codes[0]!.replace(/./g, 'X')))).toEqual(wrong)
    for (const code of [now(secret), codes[0], '000000']) {
      const refusal = await enter('hal', code)
      expect(refusal.status).toBe(429)
      expect(Number(refusal.headers.get('retry-after'))).toBeWithin(1, 3601)
    }
    expect((await enter('bob')).status).toBe(200)
    const { secret: other } = await guarded('ian')
    for (let n = 0; n < 9; n++) await enter('ian', '000000')
    expect((await enter('ian', now(other))).status).toBe(200)
    chat.advance(STEP)
    for (let n = 0; n < 9; n++) await enter('ian', '000000')
    expect((await enter('ian', now(other))).status).toBe(200)
  })

  test('limits wrong first codes, too', async () => {
    const joe = await chat.signUp('joe')
    const { secret } = (await begin(joe)).body
    for (let n = 0; n < 10; n++) await confirm(joe, '000000')
    expect((await confirm(joe, now(secret))).status).toBe(429)
    expect(await stateOf(joe)).toMatchObject({ on: false })
  })

  test('is set up with the password, within fifteen minutes, and can be restarted', async () => {
    const kim = await chat.signUp('kim')
    expect(fault(await begin(kim, 'guessed'))).toEqual([422, 'password', 'password_wrong'])
    expect(fault(await confirm(kim, '000000'))).toEqual([422, 'code', 'setup_expired'])
    const first = (await begin(kim)).body.secret
    const second = (await begin(kim)).body.secret
    expect(fault(await confirm(kim, now(first)))).toEqual([422, 'code', 'code_wrong'])
    chat.advance(15 * MINUTE + 1)
    expect(fault(await confirm(kim, now(second)))).toEqual([422, 'code', 'setup_expired'])
    const third = (await begin(kim)).body.secret
    const twins = await Promise.all([confirm(kim, now(third)), confirm(kim, now(third))])
    expect(twins.map(({ status }) => status).sort()).toEqual([200, 422])
    chat.advance(STEP)
    const again = await kim.post(paths.api.twoFactorSetup, { password: PASSWORD, code: now(third) })
    expect(fault(again)).toEqual([409, 'form', 'two_factor_on'])
    chat.advance(STEP)
    expect((await enter('kim', now(third))).status).toBe(200)
  })

  test('is turned off with the password and a code, which deletes its secrets; a mail is sent for on and off', async () => {
    const email = 'lea@two-factor.example'
    const lea = await chat.signUp('lea', { email })
    const token = (await lastMailTo(chat, email)).link.searchParams.get('token')
    await lea.post(paths.api.emailVerification, { token })
    const { secret } = (await begin(lea)).body
    await confirm(lea, now(secret))
    const notice = await lastMailTo(chat, email)
    expect([notice.subject, notice.link.pathname]).toEqual([
      'Two-factor authentication is on',
      paths.twoFactor,
    ])
    chat.advance(STEP)
    const end = (password: string) => lea.post(paths.api.twoFactorRemoval, { password, code: now(secret) })
    expect(fault(await end('guessed'))).toEqual([422, 'password', 'password_wrong'])
    expect(fault(await enter('lea'))).toEqual(required)
    expect((await end(PASSWORD)).status).toBe(204)
    expect((await lastMailTo(chat, email)).subject).toBe('Two-factor authentication is off')
    const mails = (await mailsTo(chat, email)).length
    expect((await end(PASSWORD)).status).toBe(204)
    expect(await mailsTo(chat, email)).toHaveLength(mails)
    expect((await enter('lea')).status).toBe(200)
    const { id: user } = await chat.deps.orm.em.fork().findOneOrFail(UserEntity, { handle: 'lea' })
    expect(await chat.deps.orm.em.fork().count(TotpEntity, { user })).toBe(0)
    expect(await chat.deps.orm.em.fork().count(RecoveryCodeEntity, { user })).toBe(0)
  })

  test('asks for a code with the password before each change of the account', async () => {
    const { person, secret, codes } = await guarded('max')
    const [removal, key] = [paths.api.twoFactorRemoval, `${paths.api.passkeys}/1/removal`]
    const changes = [
      ['PUT', paths.api.password, { newPassword: 'the long way home' }],
      ['PUT', paths.api.email, { email: 'thief@two-factor.example' }],
      ['POST', paths.api.tokens, { name: 'script', days: 365 }],
      ['POST', paths.api.passkeyCreation, {}],
      ['POST', key, {}],
      ['POST', paths.api.twoFactorSetup, {}],
      ['POST', paths.api.recoveryCodes, {}],
      ['POST', removal, {}],
      ['POST', paths.api.accountDeletion, {}],
    ] as const
    const send = (method: string, path: string, body: object) =>
      method === 'PUT' ? person.put(path, body) : person.post(path, body)
    for (const [method, path, body] of changes) {
      const confirmed = { ...body, password: PASSWORD }
      expect([path, ...fault(await send(method, path, confirmed))]).toEqual([
        path,
        422,
        'code',
        'second_factor',
      ])
    }
    for (const code of ['000000', codes[0]!.replace(/./g, 'X')]) {
      const wrongCode = await send('POST', removal, { password: PASSWORD, code })
      expect(fault(wrongCode)).toEqual([422, 'code', 'code_wrong'])
    }
    const guessed = { password: 'guessed', code: now(secret) }
    expect(fault(await send('POST', removal, guessed))).toEqual([422, 'password', 'password_wrong'])
    expect(await stateOf(person)).toMatchObject({ on: true, recoveryCodesLeft: 10 })

    const token = { name: 'script', days: 1, password: PASSWORD }
    const confirmed = { ...token, code: now(secret) }
    expect((await person.post(paths.api.tokens, confirmed)).status).toBe(201)
    expect(fault(await person.post(paths.api.tokens, confirmed))).toEqual([422, 'code', 'code_wrong'])
    expect((await person.post(paths.api.tokens, { ...token, code: codes[0] })).status).toBe(201)
    for (let n = 0; n < 10; n++) await send('POST', removal, { password: PASSWORD, code: '000000' })
    expect((await send('POST', removal, { password: PASSWORD, code: codes[1] })).status).toBe(429)
  })

  test('stays on when the password is reset with a link', async () => {
    const email = 'ned@two-factor.example'
    const { person, secret } = await guarded('ned', { email })
    await person.post(paths.api.emailVerification, {
      token: (await lastMailTo(chat, email)).link.searchParams.get('token'),
    })
    await chat.stranger().post(paths.api.passwordResets, { email })
    const token = (await lastMailTo(chat, email)).link.searchParams.get('token')
    const password = 'the long way home'
    const reset = await chat.stranger().post(paths.api.passwordResetCompletion, { token, password })
    expect(reset.status).toBe(204)
    expect(fault(await enter('ned', undefined, password))).toEqual(required)
    expect((await enter('ned', now(secret), password)).status).toBe(200)
  })

  test('is not required with a passkey', async () => {
    const { person, secret } = await guarded('ole')
    const device = newAuthenticator(chat.deps.config.origin)
    const confirmed = { password: PASSWORD, code: now(secret) }
    const creation = (await person.post(paths.api.passkeyCreation, confirmed)).body
    await person.post(paths.api.passkeys, { name: 'key', credential: device.create(creation) })
    const request = (await chat.stranger().post(paths.api.passkeyRequest, undefined)).body
    const entered = await chat.stranger().post(paths.api.passkeySession, { credential: device.get(request) })
    expect(entered.status).toBe(200)
  })

  test('reveals its secrets neither in the export nor in the log nor in later reads', async () => {
    const { person, secret, codes } = await guarded('pia')
    await enter('pia', codes[0])
    const read = [
      (await person.get(paths.api.export)).body,
      await stateOf(person),
      await (await person.fetch(paths.twoFactor)).text(),
      await chat.deps.orm.em.fork().find(RecoveryCodeEntity, {}),
      chat.logged,
    ]
    expect(read[0].account.twoFactor).toEqual(await stateOf(person))
    for (const text of read.map((one) => JSON.stringify(one)))
      for (const hidden of [secret, ...codes]) expect(text).not.toContain(hidden)
    const { id: user } = await chat.deps.orm.em.fork().findOneOrFail(UserEntity, { handle: 'pia' })
    await deleteAccount(chat.deps, user)
    expect((await person.get(paths.api.twoFactor)).status).toBe(401)
    expect(await chat.deps.orm.em.fork().count(TotpEntity, { user })).toBe(0)
    expect(await chat.deps.orm.em.fork().count(RecoveryCodeEntity, { user })).toBe(0)
  })

  test('accepts a string as code only', async () => {
    const { person } = await guarded('quin')
    for (const code of [null, 123456, ['000000'], { $ne: '' }, 'x'.repeat(101)])
      for (const answer of [
        await chat.stranger().post(paths.api.session, { username: 'quin', password: PASSWORD, code }),
        await person.post(paths.api.twoFactor, { code }),
      ])
        expect(answer.status).toBe(422)
    for (const code of ['１２３４５６', '٠١٢٣٤٥', '+12345', '1e5', '\ud800', '0'.repeat(100)])
      expect(fault(await enter('quin', code))).toEqual(wrong)
  })
})
