import { afterAll, describe, expect, test } from 'bun:test'
import { paths } from '../web/paths.ts'
import { backends, openChat } from './testing/chat.ts'

describe.each(backends)('the log, on $name', async (backend) => {
  const chat = await openChat(backend)
  afterAll(() => chat.close())

  test('holds no password, no token and no message, whatever goes well or wrong', async () => {
    const [password, wrong, text, other] = ['pass', 'wrong', 'text', 'other'].map(
      (name) => `${name}-${crypto.randomUUID()}`,
    )
    const ada = chat.stranger()
    await ada.post(paths.api.users, { username: 'ada', password })
    await ada.signIn('ada', wrong)
    await ada.signIn('ada', password)
    const { token } = ada
    await ada.post(paths.api.users, { username: 'ada', password, role: text })
    await ada.events()
    await ada.post(paths.api.messages('ada'), { body: text, clientId: 'one' })
    await ada.post(paths.api.messages('ada'), { body: other, clientId: 'one' })
    await ada.post(paths.api.messages('ada'), { body: text, [text!]: text })
    await ada.get(`${paths.api.users}?search=${text}`)
    await ada.get(paths.api.message(text!))
    await ada.delete(paths.api.session)
    await ada.signIn('ada', password)
    expect(chat.logged.some((line) => line.includes('"committed"'))).toBe(true)

    const { orm } = chat.deps
    await orm.em.execute('alter table message rename to elsewhere')
    expect((await ada.post(paths.api.messages('ada'), { body: text })).status).toBe(500)
    await orm.em.execute('alter table session rename to nowhere')
    expect((await ada.signIn('ada', password)).status).toBe(500)
    expect(chat.logged.filter((line) => line.includes('"a request failed"'))).toHaveLength(2)

    const secrets = [password, wrong, text, other, token, ada.token]
    expect(chat.logged.filter((line) => secrets.some((secret) => line.includes(secret!)))).toEqual([])
  })

  test('has one line for each entry, whatever is in it', () => {
    chat.deps.log.info({ username: 'two\r\nlines\u2028' }, 'forged\n{"level":50}')
    expect(chat.logged.at(-1)!.trimEnd()).not.toMatch(/[\r\n]/)
    expect(JSON.parse(chat.logged.at(-1)!)).toMatchObject({ level: 30, username: 'two\r\nlines\u2028' })
  })
})
