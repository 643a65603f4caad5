import { afterAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { newAdmin } from '../../../test/support/admin.ts'
import { backends, openChat } from '../../../test/support/chat.ts'
import type { Person } from '../../../test/support/person.ts'
import { adminPaths } from '../../../web/admin/paths.ts'
import { paths, withQuery } from '../../../web/paths.ts'
import type { MessageView } from '../../messages/schema.ts'

// Hashing passwords is slow on a busy machine.
setDefaultTimeout(180_000)

describe.each(backends)('reports, on $name,', async (backend) => {
  const chat = await openChat(backend)
  afterAll(() => chat.close())
  const root = await newAdmin(chat, 'root')
  const [ada, bob] = [await chat.signUp('ada'), await chat.signUp('bob')]
  const sent: MessageView[] = []
  for (let n = 1; n <= 14; n++) sent.push(await ada.say(bob, `message ${n}`))
  await ada.say(ada, 'a note')
  const reason = 'It is an insult.'
  const report = async (by: Person, id: string) =>
    expect((await by.post(paths.api.reports(id), { reason })).status).toBe(201)
  for (const seq of [7, 8, 9]) await report(bob, sent[seq - 1]!.id)

  const list = async (query: Record<string, string | number> = {}) =>
    (await root.get(withQuery(adminPaths.api.reports, query))).body
  const decide = (id: string, outcome: string, by = root) => by.post(adminPaths.api.decision(id), { outcome })
  const actions = async () =>
    (await root.get(adminPaths.api.audit)).body.results.map(({ action }: { action: string }) => action)
  const [first, second, third] = (await list()).results.map(({ id }: { id: string }) => id)

  test('are listed without the messages, oldest first, in pages', async () => {
    const { results } = await list()
    expect(results[0]).toEqual({
      id: first,
      reporter: 'bob',
      author: 'ada',
      message: sent[6]!.id,
      reason,
      createdAt: expect.any(String),
      outcome: null,
      closedAt: null,
      closedBy: null,
    })
    const page = await list({ limit: 2 })
    expect([...page.results, ...(await list({ limit: 2, cursor: page.next })).results]).toEqual(results)
    expect((await root.get(`${adminPaths.api.reports}?cursor=x`)).status).toBe(400)
    expect((await root.get(`${adminPaths.api.reports}?state=x`)).status).toBe(422)
  })

  test('contain the message with five on each side, and the access is recorded first', async () => {
    const { body } = await root.get(adminPaths.api.report(first))
    expect(body.messages.map(({ seq }: { seq: number }) => seq)).toEqual([2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12])
    expect(body.messages[5]).toEqual(sent[6])
    expect((await actions())[0]).toBe('report.read')
    for (const id of ['0', '99', 'x', '1 or 1=1', '99999999999'])
      expect((await root.get(adminPaths.api.report(id))).status).toBe(404)
  })

  test('are closed once, and reject another decision', async () => {
    expect((await decide(first, 'x')).status).toBe(422)
    expect((await decide('99', 'dismissed')).status).toBe(404)
    const closed = await decide(first, 'dismissed')
    expect(closed.body).toMatchObject({
      outcome: 'dismissed',
      closedBy: 'root',
      closedAt: expect.any(String),
    })
    expect((await decide(first, 'dismissed')).body).toEqual(closed.body)
    expect((await decide(first, 'deleted')).status).toBe(409)
    expect((await bob.get(paths.api.message(sent[6]!.id))).body).toEqual(sent[6])
    expect((await actions()).filter((action: string) => action === 'report.dismissed')).toHaveLength(1)
  })

  test('can delete the message for both people, live', async () => {
    const events = [await ada.events(), await bob.events()]
    expect((await decide(second, 'deleted')).body.outcome).toBe('deleted')
    for (const stream of events) {
      expect(await stream.next('message')).toMatchObject({ id: sent[7]!.id })
      stream.leave()
    }
    expect((await bob.get(paths.api.message(sent[7]!.id))).body).toMatchObject({
      body: '',
      deletedAt: expect.any(String),
    })
    expect(JSON.stringify((await root.get(adminPaths.api.report(second))).body)).not.toContain('message 8')
  })

  test('can disable the author at once, but not the last administrator or the actor', async () => {
    const stream = await ada.events()
    expect((await decide(third, 'disabled')).body.outcome).toBe('disabled')
    await stream.ended()
    expect((await ada.get(paths.api.session)).status).toBe(401)
    expect((await actions()).slice(0, 2).sort()).toEqual(['report.disabled', 'user.disabled'])

    const { id } = await root.say(bob, 'from the top')
    await report(bob, id)
    const [own] = (await list()).results
    expect((await decide(own.id, 'disabled')).status).toBe(409)
    expect((await list()).results).toHaveLength(1)
    expect((await list({ state: 'closed' })).results.map(({ id }: { id: string }) => id)).toEqual([
      third,
      second,
      first,
    ])
    const page = await list({ state: 'closed', limit: 1 })
    expect((await list({ state: 'closed', limit: 1, cursor: page.next })).results[0].id).toBe(second)
  })

  test('appear at every step in the audit log of the author, and not of others', async () => {
    const of = async (user: string) =>
      (await root.get(withQuery(adminPaths.api.audit, { user, action: 'report.deleted' }))).body.results
    expect(await of('ada')).toMatchObject([
      {
        target: { type: 'report', id: second },
        detail: { message: sent[7]!.id, author: 'ada', recipient: 'bob' },
      },
    ])
    expect(await of('bob')).toEqual([])
    const { results } = (await root.get(withQuery(adminPaths.api.audit, { user: 'ada' }))).body
    const kinds = new Set(results.map(({ action }: { action: string }) => action))
    expect([...kinds].sort()).toEqual([
      'report.deleted',
      'report.disabled',
      'report.dismissed',
      'report.read',
      'user.disabled',
    ])
  })

  test('accept only one of two concurrent decisions', async () => {
    const rival = await newAdmin(chat, 'rival')
    const [{ id }] = (await list()).results
    const answers = await Promise.all([decide(id, 'dismissed'), decide(id, 'deleted', rival)])
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409])
  })
})
