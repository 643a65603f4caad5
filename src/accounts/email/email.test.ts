import { afterAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { backends, openChat } from '../../../test/support/chat.ts'
import { lastMailTo, mailsTo } from '../../../test/support/mail.ts'
import { type ApiResponse, PASSWORD, type Person } from '../../../test/support/person.ts'
import { paths } from '../../../web/paths.ts'
import { UserEntity } from '../users/entity.ts'

// Hashing passwords is slow on a busy machine.
setDefaultTimeout(180_000)

const DAY = 24 * 60 * 60

describe.each(backends)('an email address, on $name', async (backend) => {
  const chat = await openChat(backend, { env: { ORIGIN: 'https://chat.example.org' } })
  afterAll(() => chat.close())
  const em = () => chat.deps.orm.em.fork()

  const at = (name: string) => `${name}@email.example`
  const emailOf = async (person: Person) => (await person.get(paths.api.email)).body
  const change = (person: Person, email: unknown, password = PASSWORD) =>
    person.put(paths.api.email, { email, password })
  const verify = (token: string | null) => chat.stranger().post(paths.api.emailVerification, { token })
  const tokenTo = async (address: string) => (await lastMailTo(chat, address)).link.searchParams.get('token')
  const subjects = async (address: string) => (await mailsTo(chat, address)).map(({ subject }) => subject)
  const verified = async (username: string, email: string) => {
    const person = await chat.signUp(username, { email })
    expect((await verify(await tokenTo(email))).status).toBe(204)
    return person
  }
  const fault = ({ status, body }: ApiResponse) => [status, body.errors[0].field, body.errors[0].code]
  const dead = [422, 'token', 'link']

  test('entered at sign-up belongs to the account only after its link was used', async () => {
    const ada = await chat.signUp('ada', { email: ` ${at('Ada')} ` })
    expect(await emailOf(ada)).toEqual({ email: null, pending: at('ada') })
    const { subject, link, text } = await lastMailTo(chat, at('ada'))
    expect([subject, link.origin, link.pathname]).toEqual([
      'Confirm your email for ChatApp',
      'https://chat.example.org',
      '/verify-email',
    ])
    expect(text).toContain('Hi ada,')
    expect((await verify(link.searchParams.get('token'))).status).toBe(204)
    expect(await emailOf(ada)).toEqual({ email: at('ada'), pending: null })
    expect((await ada.get(paths.api.session)).body.user.email).toBe(at('ada'))
    expect(fault(await verify(link.searchParams.get('token')))).toEqual(dead)
  })

  test('does not change the response to a sign-up when in use; its owner gets a notice without a link', async () => {
    await verified('owner', at('owner'))
    const answers = []
    for (const [username, email] of [
      ['second', at('owner')],
      ['third', at('nobody')],
    ] as const) {
      const person = chat.stranger()
      const { status, body, headers } = await person.post(paths.api.users, {
        username,
        password: PASSWORD,
        email,
      })
      person.token = body.token
      const { pending } = await emailOf(person)
      expect(pending).toBe(email)
      const names = [...headers.keys()]
      answers.push({
        status,
        user: { ...body.user, username: '', displayName: '' },
        keys: Object.keys(body),
        names,
      })
    }
    expect(answers[0]!).toEqual(answers[1]!)
    const [, noticeMail] = await mailsTo(chat, at('owner'))
    expect([noticeMail?.subject, noticeMail?.link.href]).toEqual([
      'You already have a ChatApp account',
      'https://chat.example.org/forgot-password',
    ])
    expect(noticeMail?.text).toContain('Hi owner,')
    expect(noticeMail?.text).not.toContain('second')
  })

  test('can be verified by another account while it is unverified', async () => {
    const squatter = await chat.signUp('squatter', { email: at('wanted') })
    const first = await tokenTo(at('wanted'))
    const rightful = await verified('rightful', at('wanted'))
    expect(fault(await verify(first))).toEqual([422, 'token', 'email_taken'])
    expect((await emailOf(squatter)).email).toBeNull()
    expect((await emailOf(rightful)).email).toBe(at('wanted'))
  })

  test('belongs to one account only, even when two links are used concurrently', async () => {
    const people = [await chat.signUp('twin1', { email: at('twin') })]
    const first = await tokenTo(at('twin'))
    people.push(await chat.signUp('twin2', { email: at('twin') }))
    const second = await tokenTo(at('twin'))
    const both = await Promise.all([verify(first), verify(second)])
    expect(both.map(({ status }) => status).sort()).toEqual([204, 422])
    const held = await Promise.all(people.map(emailOf))
    expect(held.filter(({ email }) => email === at('twin')).length).toBe(1)
  })

  test('is replaced by the link sent to the new address, and the old address is notified', async () => {
    const bob = await verified('bob', at('bob'))
    expect((await change(bob, at('BOB2'))).body).toEqual({ email: at('bob'), pending: at('bob2') })
    expect(await subjects(at('bob'))).toEqual(['Confirm your email for ChatApp'])
    await verify(await tokenTo(at('bob2')))
    expect(await emailOf(bob)).toEqual({ email: at('bob2'), pending: null })
    expect((await lastMailTo(chat, at('bob'))).subject).toBe('Your ChatApp email address was changed')
    // Another account can now use the old address.
    await verified('bobsheir', at('bob'))
  })

  test('can be removed at once with a pending address, and the old address is notified', async () => {
    const carol = await verified('carol', at('carol'))
    await change(carol, at('carol2'))
    const waiting = await tokenTo(at('carol2'))
    expect((await change(carol, null)).body).toEqual({ email: null, pending: null })
    expect((await lastMailTo(chat, at('carol'))).subject).toBe('Your ChatApp email address was changed')
    expect(fault(await verify(waiting))).toEqual(dead)
    expect((await change(carol, null)).status).toBe(200)
    expect((await mailsTo(chat, at('carol'))).length).toBe(2)
  })

  test('stays when it is entered again, and a pending address is dropped', async () => {
    const dora = await verified('dora', at('dora'))
    await change(dora, at('dora2'))
    expect((await change(dora, at('Dora'))).body).toEqual({ email: at('dora'), pending: null })
    expect(fault(await verify(await tokenTo(at('dora2'))))).toEqual(dead)
    expect((await mailsTo(chat, at('dora'))).length).toBe(1)
  })

  test('can be pending once: a second request replaces the first', async () => {
    const emil = await chat.signUp('emil', { email: at('emil1') })
    const first = await tokenTo(at('emil1'))
    await change(emil, at('emil2'))
    expect(fault(await verify(first))).toEqual(dead)
    expect((await verify(await tokenTo(at('emil2')))).status).toBe(204)
  })

  test('cannot be changed without the password, and attempts are limited', async () => {
    const fred = await verified('fred', at('fred'))
    for (let n = 0; n < 10; n++)
      expect(fault(await change(fred, at('thief'), 'guessed'))).toEqual([422, 'password', 'password_wrong'])
    expect((await change(fred, at('thief'))).status).toBe(429)
    expect(await emailOf(fred)).toEqual({ email: at('fred'), pending: null })
    expect(await mailsTo(chat, at('thief'))).toEqual([])
    for (const method of ['GET', 'PUT']) {
      expect((await chat.stranger().fetch(paths.api.email, { method })).status).toBe(401)
    }
  })

  test('is refused if invalid, and nothing is mailed', async () => {
    const gina = await chat.signUp('gina')
    for (const email of [
      'nowhere',
      `a@b.org\r\nBcc: ${at('eve')}`,
      `a@b.org, ${at('eve')}`,
      `"x" <${at('eve')}>`,
    ])
      expect(fault(await change(gina, email))).toEqual([422, 'email', 'email'])
    for (const body of [
      {},
      { email: 1, password: PASSWORD },
      { email: at('gina') },
      { email: null, password: PASSWORD, id: 1 },
    ])
      expect((await gina.put(paths.api.email, body)).status).toBe(422)
    expect(await emailOf(gina)).toEqual({ email: null, pending: null })
    expect(await mailsTo(chat, at('eve'))).toEqual([])
  })

  test('is not verified by another link or an invalid token', async () => {
    const hans = await verified('hans', at('hans'))
    await change(hans, at('hans2'))
    await chat.stranger().post(paths.api.passwordResets, { email: at('hans') })
    const reset = await tokenTo(at('hans'))
    for (const wrong of [reset, '', 'x'.repeat(43), 'x'.repeat(20_000), '\0']) {
      expect(fault(await verify(wrong))).toEqual(dead)
    }
    expect((await emailOf(hans)).email).toBe(at('hans'))
  })

  test('gets at most five mails an hour from one account, and from one network', async () => {
    const ida = await chat.signUp('ida')
    for (let n = 0; n < 5; n++) {
      Object.assign(ida, { address: `192.0.2.${n}` })
      expect((await change(ida, at('Flooded'))).status).toBe(200)
    }
    Object.assign(ida, { address: '192.0.2.99' })
    expect((await change(ida, at('flooded'))).status).toBe(429)
    expect((await change(ida, at('other'))).status).toBe(200)
    const { address } = chat.stranger()
    for (let n = 0; n < 6; n++) {
      const account = { username: `flood${n}`, password: PASSWORD, email: at('crowd') }
      const person = Object.assign(chat.stranger(), { address })
      expect((await person.post(paths.api.users, account)).status).toBe(201)
    }
    expect(await mailsTo(chat, at('crowd'))).toHaveLength(5)
    for (let n = 0; n < 6; n++) {
      const account = { username: `v6-flood${n}`, password: PASSWORD, email: at('v6-crowd') }
      const person = Object.assign(chat.stranger(), { address: `2001:db8:77:1::${n}` })
      expect((await person.post(paths.api.users, account)).status).toBe(201)
    }
    expect(await mailsTo(chat, at('v6-crowd'))).toHaveLength(5)
  })

  test('can be verified by its owner however often strangers claimed it', async () => {
    for (let n = 0; n < 6; n++) await chat.signUp(`thief${n}`, { email: at('jane') })
    const stranger = await chat.signUp('stranger')
    for (let n = 0; n < 5; n++) await change(stranger, at('jane'))
    // Mails are sent in any order.
    await mailsTo(chat, at('jane'))
    const jane = await chat.signUp('jane', { email: at('jane') })
    expect((await verify(await tokenTo(at('jane')))).status).toBe(204)
    expect(await emailOf(jane)).toEqual({ email: at('jane'), pending: null })
  })

  test('is pending for at most a day', async () => {
    const late = await chat.signUp('late', { email: at('late') })
    const token = await tokenTo(at('late'))
    chat.advance(DAY - 60)
    expect((await emailOf(late)).pending).toBe(at('late'))
    chat.advance(61)
    expect(await emailOf(late)).toEqual({ email: null, pending: null })
    expect(fault(await verify(token))).toEqual(dead)
    await change(late, at('later'))
    expect((await emailOf(late)).pending).toBe(at('later'))
    expect(await em().count(UserEntity, { email: at('late') })).toBe(0)
  })
})
