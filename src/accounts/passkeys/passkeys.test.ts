import { afterAll, describe, expect, setDefaultTimeout, spyOn, test } from 'bun:test'
import { type Authenticator, newAuthenticator } from '../../../test/support/authenticator.ts'
import { backends, openChat } from '../../../test/support/chat.ts'
import { lastMailTo, mailsTo } from '../../../test/support/mail.ts'
import { type ApiResponse, PASSWORD, type Person } from '../../../test/support/person.ts'
import { paths } from '../../../web/paths.ts'
import { deleteAccount } from '../data/deletion.ts'
import { ChallengeEntity } from '../sign-in/entity.ts'
import { UserEntity } from '../users/entity.ts'
import { PasskeyEntity } from './entity.ts'

// Hashing passwords is slow on a busy machine.
setDefaultTimeout(180_000)

const MINUTE = 60

describe.each(backends)('a passkey, on $name,', async (backend) => {
  const chat = await openChat(backend)
  afterAll(() => chat.close())
  const { origin } = chat.deps.config
  const [ada, bob] = [await chat.signUp('ada'), await chat.signUp('bob')]

  const fault = ({ status, body }: ApiResponse) => [status, body.errors?.[0].field, body.errors?.[0].code]
  const begin = async (person: Person) =>
    (await person.post(paths.api.passkeyCreation, { password: PASSWORD })).body
  const requestOptions = async () => (await chat.stranger().post(paths.api.passkeyRequest, undefined)).body
  const keep = (person: Person, credential: object, name = 'My phone') =>
    person.post(paths.api.passkeys, { name, credential })
  const add = async (person: Person, name?: string) => {
    const device = newAuthenticator(origin)
    const { status, body } = await keep(person, device.create(await begin(person)), name)
    expect(status).toBe(201)
    return { device, id: body.id as string }
  }
  const enter = (credential: object) => chat.stranger().post(paths.api.passkeySession, { credential })
  const use = async (device: Authenticator, twist = {}) => enter(device.get(await requestOptions(), twist))
  const listOf = async (person: Person) => (await person.get(paths.api.passkeys)).body.results
  const refused = [401, 'credential', 'passkey']
  const notKept = [422, 'credential', 'passkey_new']

  test('signs in without a username and a password, repeatedly', async () => {
    const { device } = await add(ada)
    for (let n = 0; n < 2; n++) {
      const { status, body, headers } = await use(device)
      expect([status, body.user.username]).toEqual([200, 'ada'])
      expect(headers.get('set-cookie')).toContain('HttpOnly')
      const entered = Object.assign(chat.stranger(), { token: body.token })
      expect((await entered.get(paths.api.session)).body.user.username).toBe('ada')
    }
    expect((await listOf(ada))[0]).toMatchObject({ name: 'My phone', usedAt: expect.any(String) })
  })

  test('is requested for the configured site, as a resident key with user verification', async () => {
    expect(await begin(bob)).toMatchObject({
      rp: { id: 'localhost', name: 'ChatApp' },
      user: { name: 'bob', displayName: 'bob' },
      attestation: 'none',
      authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
    })
    expect(await requestOptions()).toMatchObject({ rpId: 'localhost', userVerification: 'required' })
    const forged = await chat.stranger().fetch(paths.api.passkeyRequest, {
      method: 'POST',
      headers: { host: 'evil.example', 'x-forwarded-host': 'evil.example' },
    })
    expect((await forged.json()).rpId).toBe('localhost')
  })

  test('requires the password to be added and removed, and attempts are limited', async () => {
    const carol = await chat.signUp('carol')
    const { id } = await add(carol)
    for (let n = 0; n < 10; n++)
      expect(fault(await carol.post(paths.api.passkeyRemoval(id), { password: 'guessed' }))).toEqual([
        422,
        'password',
        'password_wrong',
      ])
    expect((await carol.post(paths.api.passkeyRemoval(id), { password: PASSWORD })).status).toBe(429)
    expect((await carol.post(paths.api.passkeyCreation, { password: PASSWORD })).status).toBe(429)
    expect(await listOf(carol)).toHaveLength(1)
  })

  test('is added once, by the user who started it, within five minutes', async () => {
    const [device, options] = [newAuthenticator(origin), await begin(ada)]
    const credential = device.create(options)
    expect(fault(await keep(bob, credential))).toEqual(notKept)
    const kept = await Promise.all([keep(ada, credential), keep(ada, credential)])
    expect(kept.map(({ status }) => status).sort()).toEqual([201, 422])
    expect(fault(await keep(ada, newAuthenticator(origin).create(options)))).toEqual(notKept)
    // The same key cannot be added again, neither by this user nor by another.
    expect(fault(await keep(bob, device.create(await begin(bob))))).toEqual(notKept)
    const late = newAuthenticator(origin).create(await begin(ada))
    chat.advance(5 * MINUTE + 1)
    expect(fault(await keep(ada, late))).toEqual(notKept)
    const { user } = await begin(ada)
    const elsewhere = newAuthenticator(origin).create({ ...(await requestOptions()), user })
    expect(fault(await keep(ada, elsewhere))).toEqual(notKept)
  })

  test('is not added from another site, without user verification, with an attestation, or with an invalid name', async () => {
    const before = await listOf(ada)
    for (const twist of [
      { origin: 'https://evil.example' },
      { origin: `${origin}.evil.example` },
      { rpId: 'evil.example' },
      { verified: false },
      { type: 'webauthn.get' },
      { attestation: 'packed' },
    ] as const)
      expect([
        twist,
        fault(await keep(ada, newAuthenticator(origin).create(await begin(ada), twist))),
      ]).toEqual([twist, notKept])
    const credential = newAuthenticator(origin).create(await begin(ada))
    for (const [name, code] of [
      [' ', 'required'],
      ['x'.repeat(61), 'passkey_name_long'],
      ['a\u202eb', 'text'],
    ] as const)
      expect(fault(await keep(ada, credential, name))).toEqual([422, 'name', code])
    expect(await listOf(ada)).toEqual(before)
  })

  test('does not sign in with a response that was used, has expired, or has another purpose', async () => {
    const { device } = await add(ada)
    const answer = device.get(await requestOptions())
    expect((await enter(answer)).status).toBe(200)
    expect(fault(await enter(answer))).toEqual(refused)
    const twins = device.get(await requestOptions())
    const answers = await Promise.all([enter(twins), enter(twins)])
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 401])
    // Synced passkeys have no counter.
    const { device: synced } = await add(ada)
    const uncounted = synced.get(await requestOptions(), { counter: 0 })
    expect((await enter(uncounted)).status).toBe(200)
    expect(fault(await enter(uncounted))).toEqual(refused)
    expect((await use(synced, { counter: 0 })).status).toBe(200)
    const late = device.get(await requestOptions())
    chat.advance(5 * MINUTE + 1)
    expect(fault(await enter(late))).toEqual(refused)
    expect(fault(await enter(device.get(await begin(ada))))).toEqual(refused)
    expect(fault(await enter(device.get({ challenge: 'x'.repeat(43) })))).toEqual(refused)
    expect((await use(device)).status).toBe(200)
  })

  test('does not sign in from another site, unverified, as another user, or when it was cloned', async () => {
    const { device } = await add(ada)
    expect((await use(device)).status).toBe(200)
    const { user } = await begin(bob)
    for (const twist of [
      { origin: 'https://evil.example' },
      { rpId: 'evil.example' },
      { verified: false },
      { type: 'webauthn.create' },
      { userHandle: user.id },
      { counter: 1 },
      { counter: 0 },
    ])
      expect([twist, fault(await use(device, twist))]).toEqual([twist, refused])
    const answer = device.get(await requestOptions()) as { response: { signature: string } }
    const other = newAuthenticator(origin).get(await requestOptions()) as typeof answer
    expect(
      fault(
        await enter({ ...answer, response: { ...answer.response, signature: other.response.signature } }),
      ),
    ).toEqual(refused)
    expect(fault(await enter(other))).toEqual(refused)
    expect((await use(device)).status).toBe(200)
  })

  test('no longer signs in once removed; its sessions stay, and a mail is sent', async () => {
    const email = 'dora@passkeys.example'
    const dora = await chat.signUp('dora', { email })
    const token = (await lastMailTo(chat, email)).link.searchParams.get('token')
    await dora.post(paths.api.emailVerification, { token })
    const { device, id } = await add(dora)
    const added = await lastMailTo(chat, email)
    expect([added.subject, added.link.pathname]).toEqual([
      'A passkey was added to your ChatApp account',
      paths.passkeys,
    ])
    const entered = Object.assign(chat.stranger(), { token: (await use(device)).body.token })
    expect((await dora.post(paths.api.passkeyRemoval(id), { password: PASSWORD })).status).toBe(204)
    expect((await lastMailTo(chat, email)).subject).toBe('A passkey was removed from your ChatApp account')
    expect(fault(await use(device))).toEqual(refused)
    expect((await entered.get(paths.api.session)).status).toBe(200)
    expect(await mailsTo(chat, 'ada@passkeys.example')).toEqual([])
    for (const event of ['passkey-added succeeded', 'passkey-removed succeeded'])
      expect(chat.logged.join()).toContain(event)
  })

  test('can be listed, renamed and removed by its owner only', async () => {
    const { id } = await add(ada, '  Ada’s   key ')
    expect((await listOf(ada))[0]).toEqual({
      id,
      name: 'Ada’s key',
      createdAt: expect.any(String),
      usedAt: null,
    })
    expect(await listOf(bob)).toEqual([])
    for (const wrong of [id, '0', '-1', '1e3', '9999999999', 'x', '\0']) {
      expect((await bob.put(paths.api.passkey(wrong), { name: 'mine' })).status).toBe(404)
      const { status } = await bob.post(paths.api.passkeyRemoval(wrong), { password: PASSWORD })
      expect(status).toBe(404)
    }
    expect((await listOf(ada))[0].name).toBe('Ada’s key')
    expect(fault(await ada.put(paths.api.passkey(id), { name: '' }))).toEqual([422, 'name', 'required'])
    expect((await ada.put(paths.api.passkey(id), { name: 'Key' })).body).toMatchObject({ id, name: 'Key' })
    expect((await ada.put(paths.api.passkey(id), { name: 'Key' })).status).toBe(200)
  })

  test('of a disabled account does not sign in, and is deleted with its account', async () => {
    const emil = await chat.signUp('emil')
    const { device } = await add(emil)
    const em = () => chat.deps.orm.em.fork()
    const { id: user } = await em().findOneOrFail(UserEntity, { handle: 'emil' })
    await em().nativeUpdate(UserEntity, { id: user }, { disabledAt: new Date() })
    expect(fault(await use(device))).toEqual(refused)
    await em().nativeUpdate(UserEntity, { id: user }, { disabledAt: null })
    expect((await use(device)).status).toBe(200)
    await begin(emil)
    await deleteAccount(chat.deps, user)
    expect(await em().count(PasskeyEntity, { user })).toBe(0)
    expect(await em().count(ChallengeEntity, { user })).toBe(0)
    expect(fault(await use(device))).toEqual(refused)
  })

  test('is refused without mention of a password if the password is changed during the sign-in', async () => {
    const { device } = await add(await chat.signUp('changing'))
    const refund = spyOn(chat.deps.limits, 'refund').mockImplementationOnce(async () => {
      await chat.deps.orm.em.fork().nativeUpdate(UserEntity, { handle: 'changing' }, { passwordHash: 'new' })
    })
    expect(fault(await use(device).finally(() => refund.mockRestore()))).toEqual(refused)
    expect((await use(device)).status).toBe(200)
  })

  test('is one of at most 20', async () => {
    const fay = await chat.signUp('fay')
    for (let n = 0; n < 20; n++) await add(fay, `key ${n}`)
    expect(fault(await fay.post(paths.api.passkeyCreation, { password: PASSWORD }))).toEqual([
      422,
      'password',
      'passkey_many',
    ])
    expect((await begin(bob)).excludeCredentials).toEqual([])
  })

  test('is one of at most 20, even when many were started before the first was added', async () => {
    const gil = await chat.signUp('gil')
    const credentials: object[] = []
    for (let n = 0; n < 25; n++) credentials.push(newAuthenticator(origin).create(await begin(gil)))
    const answers: ApiResponse[] = []
    for (const credential of credentials.slice(0, 15)) answers.push(await keep(gil, credential))
    answers.push(...(await Promise.all(credentials.slice(15).map((credential) => keep(gil, credential)))))
    const refused = answers.filter(({ status }) => status !== 201)
    expect(answers.length - refused.length).toBe(20)
    for (const answer of refused) expect(fault(answer)).toEqual([422, 'credential', 'passkey_many'])
    expect(await listOf(gil)).toHaveLength(20)
  })

  test('is in the data export with its name, but without its key', async () => {
    const { device } = await add(bob, 'Bob’s key')
    const text = JSON.stringify((await bob.get(paths.api.export)).body)
    expect(text).toContain('Bob’s key')
    for (const secret of [device.id, 'publicKey', 'credentialId']) expect(text).not.toContain(secret)
  })

  test('is refused when it is malformed', async () => {
    const creation = newAuthenticator(origin).create(await begin(ada))
    const answer = newAuthenticator(origin).get(await requestOptions())
    for (const [person, path, good, more] of [
      [ada, paths.api.passkeys, creation, { name: 'x' }],
      [chat.stranger(), paths.api.passkeySession, answer, {}],
    ] as const) {
      const response = (good as { response: object }).response
      for (const field of Object.keys(response)) {
        for (const nonsense of ['', '\0', '{}', 'bnVsbA', 'e30', 'AAAA', '💥', 'x'.repeat(19_000)]) {
          const credential = { ...good, response: { ...response, [field]: nonsense } }
          const { status, body } = await person.post(path, { ...more, credential })
          expect([field, nonsense.slice(0, 9), status < 500 && status > 400]).toEqual([
            field,
            nonsense.slice(0, 9),
            true,
          ])
          expect(JSON.stringify(body)).not.toContain('💥')
        }
      }
      for (const credential of [null, 'x', [], {}, { ...good, response: null }, { ...good, id: ['x'] }])
        expect((await person.post(path, { ...more, credential })).status).toBe(422)
      expect((await person.post(path, { ...more, credential: good, role: 'admin' })).status).toBe(422)
    }
  })
})
