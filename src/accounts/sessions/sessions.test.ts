import { afterAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { backends, openChat } from '../../../test/support/chat.ts'
import { nextSignOut } from '../../../test/support/events.ts'
import { lastMailTo, mailsTo } from '../../../test/support/mail.ts'
import { type ApiResponse, PASSWORD, type Person } from '../../../test/support/person.ts'
import { paths, withQuery } from '../../../web/paths.ts'

// Hashing passwords is slow on a busy machine.
setDefaultTimeout(180_000)

const NEW = 'the long way home'

describe.each(backends)('a signed-in user, on $name,', async (backend) => {
  const chat = await openChat(backend)
  afterAll(() => chat.close())
  const ada = await chat.signUp('ada')
  const bob = await chat.signUp('bob')

  const status = async (person: Person) => (await person.get(paths.api.session)).status
  const fault = ({ status, body }: ApiResponse) => [status, body.errors?.[0].field, body.errors?.[0].code]
  const again = async (username: string, password = PASSWORD) => {
    const person = chat.stranger()
    expect((await person.signIn(username, password)).status).toBe(200)
    return person
  }
  const sessionsOf = async (person: Person) => (await person.get(paths.api.sessions)).body.results
  const currentOf = async (person: Person) =>
    (await sessionsOf(person)).find(({ current }: { current: boolean }) => current).id
  const change = (person: Person, body: unknown) => person.put(paths.api.password, body)

  test('sees the sessions with device, address and time, and the current one', async () => {
    const phone = chat.stranger()
    const agent = 'Mozilla/5.0 (Android 14; Mobile; rv:128.0) Gecko/128.0 Firefox/128.0'
    const signedIn = await phone.fetch(paths.api.session, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'user-agent': agent },
      body: JSON.stringify({ username: 'ada', password: PASSWORD }),
    })
    phone.token = (await signedIn.json()).token
    const listed = await sessionsOf(ada)
    expect(listed).toMatchObject([
      { device: 'Firefox · Android', address: phone.address, current: false },
      { address: ada.address, current: true },
    ])
    expect(Object.keys(listed[0])).not.toContain('secretHash')
    expect((await sessionsOf(phone)).map(({ current }: { current: boolean }) => current)).toEqual([
      true,
      false,
    ])
    expect(await sessionsOf(bob)).toHaveLength(1)
    const first = await ada.get(withQuery(paths.api.sessions, { limit: 1 }))
    const second = await ada.get(withQuery(paths.api.sessions, { limit: 1, cursor: first.body.next }))
    expect([...first.body.results, ...second.body.results]).toEqual(listed)
    expect(second.body.next).toBeNull()
  })

  test('ends one session and closes its live connections only', async () => {
    const [lost, kept] = [await again('ada'), await again('ada')]
    const [ending, staying] = [await lost.events(), await kept.events()]
    const signedOut = await nextSignOut(chat, ada)
    expect((await ada.delete(paths.api.sessionOf(await currentOf(lost)))).status).toBe(204)
    await Promise.all([signedOut(), ending.ended()])
    expect([await status(lost), await status(kept), await status(ada)]).toEqual([401, 200, 200])
    await ada.say(ada, 'still there')
    expect(await staying.next('message')).toMatchObject({ with: 'ada' })
    staying.leave()
  })

  test('cannot end sessions of others or unknown ones', async () => {
    const id = await currentOf(bob)
    for (const wrong of [
      id,
      '0',
      '-1',
      '1e3',
      '9999999999',
      '99999999999999999999',
      'x',
      `${id} or 1=1`,
      '\0',
    ]) {
      expect([wrong, (await ada.delete(paths.api.sessionOf(wrong))).status]).toEqual([wrong, 404])
    }
    expect(await status(bob)).toBe(200)
  })

  test('ends all other sessions and API tokens; sessions of others stay', async () => {
    const other = await again('ada')
    const stream = await other.events()
    const script = chat.stranger()
    script.token = (
      await ada.post(paths.api.tokens, { name: 'script', days: 1, password: PASSWORD })
    ).body.token
    const signedOut = await nextSignOut(chat, ada)
    expect((await ada.delete(paths.api.sessions)).status).toBe(204)
    await Promise.all([signedOut(), stream.ended()])
    expect(await Promise.all([other, ada, script, bob].map(status))).toEqual([401, 200, 401, 200])
    expect(await sessionsOf(ada)).toHaveLength(1)
  })

  test('changes the password with the old one, which revokes other sessions and API tokens and sends a mail', async () => {
    const email = 'carol@security.example'
    const carol = await chat.signUp('carol', { email })
    const token = (await lastMailTo(chat, email)).link.searchParams.get('token')
    await carol.post(paths.api.emailVerification, { token })
    const other = await again('carol')
    const stream = await other.events()
    const script = chat.stranger()
    script.token = (
      await carol.post(paths.api.tokens, { name: 'script', days: 1, password: PASSWORD })
    ).body.token
    const signedOut = await nextSignOut(chat, carol)
    expect(await change(carol, { password: PASSWORD, newPassword: NEW })).toMatchObject({ status: 204 })
    await Promise.all([signedOut(), stream.ended()])
    expect(await Promise.all([other, script, carol, bob].map(status))).toEqual([401, 401, 200, 200])
    expect((await chat.stranger().signIn('carol')).status).toBe(401)
    expect((await chat.stranger().signIn('carol', NEW)).status).toBe(200)
    // Mails are sent in any order.
    const subjects = (await mailsTo(chat, email)).map(({ subject }) => subject)
    expect(subjects).toContain('Your ChatApp password was changed')
  })

  test('changes nothing with a wrong password, and attempts are limited', async () => {
    const dora = await chat.signUp('dora')
    for (let n = 0; n < 10; n++) {
      expect(fault(await change(dora, { password: 'guessed', newPassword: NEW }))).toEqual([
        422,
        'password',
        'password_wrong',
      ])
    }
    expect((await change(dora, { password: PASSWORD, newPassword: NEW })).status).toBe(429)
    expect(await again('dora')).toBeDefined()
  })

  test('sees the errors of an invalid new password, and keeps the old one', async () => {
    for (const [newPassword, code] of [
      ['short', 'password_short'],
      ['password1', 'password_common'],
      ['x'.repeat(201), 'password_long'],
    ] as const) {
      expect(fault(await change(bob, { password: PASSWORD, newPassword }))).toEqual([
        422,
        'newPassword',
        code,
      ])
    }
    for (const body of [
      {},
      { newPassword: NEW },
      { password: PASSWORD, newPassword: NEW, id: 1 },
      { password: PASSWORD, newPassword: NEW, role: 'admin' },
    ]) {
      expect((await change(bob, body)).status).toBe(422)
    }
    expect(await mailsTo(chat, 'bob@security.example')).toEqual([])
    expect(await again('bob')).toBeDefined()
  })

  test('keeps one of two concurrent password changes', async () => {
    const emil = await chat.signUp('emil')
    const twins = ['the first of two homes', 'the second of two homes']
    const answers = await Promise.all(
      twins.map((newPassword) => change(emil, { password: PASSWORD, newPassword })),
    )
    expect(answers.map(({ status }) => status).sort()).toEqual([204, 422])
    const chosen = twins[answers.findIndex(({ status }) => status === 204)]
    expect(await again('emil', chosen)).toBeDefined()
  })

  test('replaces all settings, and nothing else', async () => {
    const wanted = { displayName: 'Bob', language: 'zh', theme: 'dark', zone: 'Asia/Shanghai' }
    expect((await bob.put(paths.api.settings, wanted)).body).toEqual(wanted)
    expect((await bob.get(paths.api.settings)).body).toEqual(wanted)
    for (const more of [
      { role: 'admin' },
      { id: 1 },
      { username: 'ada' },
      { passwordHash: 'x' },
      { avatar: 'x' },
    ])
      expect((await bob.put(paths.api.settings, { ...wanted, ...more })).status).toBe(422)
    expect(fault(await bob.put(paths.api.settings, { ...wanted, language: 'tlh' }))).toEqual([
      422,
      'language',
      'unknown_language',
    ])
    expect((await bob.get(paths.api.session)).body.user).toMatchObject({ role: 'user', username: 'bob' })
  })
})
