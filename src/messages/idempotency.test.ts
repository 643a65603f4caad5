import { afterAll, describe, expect, test } from 'bun:test'
import { newAdmin } from '../../test/support/admin.ts'
import { backends, openChat } from '../../test/support/chat.ts'
import { adminPaths } from '../../web/admin/paths.ts'
import { paths } from '../../web/paths.ts'
import { changeMessage } from './change-message.ts'
import { parseMessageId } from './history.ts'

describe.each(backends)('a send repeated with the same client ID, on $name,', async (backend) => {
  const chat = await openChat(backend)
  afterAll(() => chat.close())
  const root = await newAdmin(chat, 'root')
  const [ada, bob] = [await chat.signUp('ada'), await chat.signUp('bob')]
  const send = (body: string, clientId: string) => ada.post(paths.api.messages('bob'), { body, clientId })
  const deleteAsAdmin = async (id: string) => {
    await bob.post(paths.api.reports(id), { reason: 'An insult.' })
    const { results } = (await root.get(adminPaths.api.reports)).body
    const report = results.find(({ message }: { message: string }) => message === id)
    expect((await root.post(adminPaths.api.decision(report.id), { outcome: 'deleted' })).status).toBe(200)
  }

  test('returns the current message, even after it was deleted', async () => {
    const first = await send('first body', 'deleted')
    expect(first.status).toBe(201)
    expect(await send(' first body\n', 'deleted')).toMatchObject({ status: 200, body: first.body })
    expect((await send('another body', 'deleted')).status).toBe(409)

    await deleteAsAdmin(first.body.id)
    expect(await send('first body', 'deleted')).toMatchObject({
      status: 200,
      body: { id: first.body.id, seq: 1, version: 2, body: '', deletedAt: expect.any(String) },
    })
    expect((await send('another body', 'deleted')).status).toBe(409)
    expect((await ada.get(paths.api.messages('bob'))).body.results).toHaveLength(1)
  })

  test('is compared with the original body, even after an edit', async () => {
    const { body: sent } = await send('as first sent', 'edited')
    const editedAt = new Date('2026-11-27T08:15:30.123Z')
    await changeMessage(chat.deps, parseMessageId(sent.id), () => ({ body: 'as edited', editedAt }))
    expect(await send('as first sent', 'edited')).toMatchObject({
      status: 200,
      body: { id: sent.id, body: 'as edited', editedAt: editedAt.toISOString() },
    })
    expect((await send('as edited', 'edited')).status).toBe(409)
  })

  test('is compared with the first send in the same transaction', async () => {
    const bodies = ['one', 'two', 'one']
    const [other, ...answers] = await Promise.all([
      send('another message', 'another'),
      ...bodies.map((body) => send(body, 'batch')),
    ])
    expect(other!.status).toBe(201)
    // Any of them may be the first.
    const first = answers.find(({ status }) => status === 201)!
    for (const [at, { status, body }] of answers.entries()) {
      if (answers[at] === first) continue
      expect(status).toBe(bodies[at] === first.body.body ? 200 : 409)
      if (status === 200) expect(body).toEqual(first.body)
    }
  })
})
