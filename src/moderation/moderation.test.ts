import { afterAll, describe, expect, test } from 'bun:test'
import { backends, openChat } from '../../test/support/chat.ts'
import type { Person } from '../../test/support/person.ts'
import { paths, withQuery } from '../../web/paths.ts'
import { UserEntity } from '../accounts/users/entity.ts'
import { ReportEntity } from './entity.ts'
import { REASON_LIMIT } from './limits.ts'

describe.each(backends)('a blocked user, on $name,', async (backend) => {
  const chat = await openChat(backend)
  afterAll(() => chat.close())
  const [ada, bob, eve] = [await chat.signUp('ada'), await chat.signUp('bob'), await chat.signUp('eve')]
  const block = (blocker: Person, blocked: string) => blocker.put(paths.api.block(blocked), undefined)
  const write = (from: Person, to: string) => from.post(paths.api.messages(to), { body: 'hello' })
  const listOf = async (who: Person) => (await who.get(paths.api.blocks)).body.results
  await eve.say(ada, 'before')

  test('cannot send, gets no reason, and nothing is stored or published', async () => {
    const events = await ada.events()
    expect(await block(ada, 'EVE')).toMatchObject({ status: 204, body: null })
    expect(await block(ada, 'eve')).toMatchObject({ status: 204 })
    const refusal = await write(eve, 'ada')
    expect(refusal).toMatchObject({
      status: 403,
      body: { detail: 'You cannot message this person.', errors: [{ code: 'undeliverable' }] },
    })
    expect(JSON.stringify(refusal.body)).not.toContain('block')
    expect((await ada.get(paths.api.messages('eve'))).body.results).toHaveLength(1)
    await bob.say(ada, 'me first')
    expect(await events.next('message')).toMatchObject({ with: 'bob' })
    events.leave()
  })

  test('remains visible, and can read existing messages', async () => {
    expect((await eve.get(paths.api.user('ada'))).status).toBe(200)
    expect((await eve.get(paths.api.messages('ada'))).body.results).toHaveLength(1)
    expect((await eve.get(paths.api.conversations)).body.results).toHaveLength(1)
    expect(await listOf(eve)).toEqual([])
  })

  test('receives no messages from the blocker, and others are not affected', async () => {
    expect((await write(ada, 'eve')).status).toBe(403)
    expect((await write(bob, 'eve')).status).toBe(201)
    expect((await write(eve, 'bob')).status).toBe(201)
  })

  test('can send again once the blocker unblocks them, and only then', async () => {
    expect((await eve.delete(paths.api.block('ada'))).status).toBe(204)
    expect((await write(eve, 'ada')).status).toBe(403)
    for (let n = 0; n < 2; n++) expect((await ada.delete(paths.api.block('eve'))).status).toBe(204)
    expect((await write(eve, 'ada')).status).toBe(201)
    expect((await write(ada, 'eve')).status).toBe(201)
  })

  test('stays blocked until both users have unblocked each other', async () => {
    await block(ada, 'bob')
    await block(bob, 'ada')
    await ada.delete(paths.api.block('bob'))
    expect([(await write(ada, 'bob')).status, (await write(bob, 'ada')).status]).toEqual([403, 403])
    await bob.delete(paths.api.block('ada'))
    expect((await write(ada, 'bob')).status).toBe(201)
  })

  test('is on a paged list that only the blocker can read', async () => {
    for (const name of ['bob', 'eve']) await block(ada, name)
    expect((await listOf(ada)).map(({ username }: { username: string }) => username)).toEqual(['bob', 'eve'])
    const first = await ada.get(withQuery(paths.api.blocks, { limit: 1 }))
    const second = await ada.get(withQuery(paths.api.blocks, { limit: 1, cursor: first.body.next }))
    expect([first.body.results[0].username, second.body.results[0].username]).toEqual(['bob', 'eve'])
    expect(second.body.next).toBeNull()
    expect(await listOf(bob)).toEqual([])
    for (const name of ['bob', 'eve']) await ada.delete(paths.api.block(name))
  })

  test('must exist and be another user', async () => {
    expect((await block(ada, 'ada')).body).toMatchObject({ status: 422, errors: [{ code: 'block_self' }] })
    for (const name of ['nobody', 'x', '%00', 'a'.repeat(101)]) {
      expect((await block(ada, name)).status).toBe(404)
      expect((await ada.delete(paths.api.block(name))).status).toBe(404)
    }
    for (const cursor of ['x', 'W10', 'WyJhIl0', '-']) {
      expect((await ada.get(withQuery(paths.api.blocks, { cursor }))).status).toBe(400)
    }
  })

  test('can be read but not messaged once their account is disabled', async () => {
    await chat.deps.orm.em.fork().nativeUpdate(UserEntity, { handle: 'eve' }, { disabledAt: new Date() })
    expect((await ada.get(paths.api.messages('eve'))).status).toBe(200)
    expect((await write(ada, 'eve')).status).toBe(403)
    // Users without a conversation with her cannot find her.
    expect((await (await chat.signUp('new')).get(paths.api.messages('eve'))).status).toBe(404)
  })
})

describe.each(backends)('a report, on $name,', async (backend) => {
  const chat = await openChat(backend)
  afterAll(() => chat.close())
  const [ada, bob, eve] = [await chat.signUp('ada'), await chat.signUp('bob'), await chat.signUp('eve')]
  const insult = await eve.say(ada, 'an insult')
  const send = (who: Person, message: string, reason: unknown = 'It is an insult.') =>
    who.post(paths.api.reports(message), { reason })
  const stored = () => chat.deps.orm.em.fork().find(ReportEntity, {})

  test('is stored once with its first reason when repeated', async () => {
    const first = await send(ada, insult.id, '  It is an insult. ')
    expect(first).toMatchObject({ status: 201, body: { message: insult.id, reason: 'It is an insult.' } })
    const again = await send(ada, insult.id, 'It still is.')
    expect(again).toMatchObject({ status: 200, body: first.body })
    expect(await stored()).toMatchObject([
      { seq: 1, reason: 'It is an insult.', outcome: null, closedAt: null },
    ])
  })

  test('is 404 from outside the conversation and for a missing message', async () => {
    for (const id of [insult.id, '999-1', `${insult.id}0`, 'x', '1-0']) {
      expect((await send(bob, id)).status).toBe(404)
    }
    expect(await stored()).toHaveLength(1)
  })

  test('is not accepted for an own message', async () => {
    expect((await send(eve, insult.id)).body).toMatchObject({ errors: [{ code: 'report_own' }] })
  })

  test('requires a reason of 1 to 1,000 characters', async () => {
    const { id } = await eve.say(ada, 'another')
    for (const [reason, code] of [
      ['', 'reason_empty'],
      [' \n', 'reason_empty'],
      ['\u3164', 'invisible'],
      ['x'.repeat(REASON_LIMIT + 1), 'reason_long'],
      ['a\0b', 'text'],
      ['\ud800', 'text'],
    ]) {
      expect((await send(ada, id, reason)).body).toMatchObject({ status: 422, errors: [{ code }] })
    }
    expect((await send(ada, id, 7)).status).toBe(422)
    expect((await send(ada, id, '👍🏽'.repeat(REASON_LIMIT / 2))).status).toBe(201)
  })

  test('is limited to 20 per hour', async () => {
    const { id } = await eve.say(bob, 'spam')
    const bobs = await chat.deps.orm.em.fork().findOneOrFail(UserEntity, { handle: 'bob' })
    for (let n = 0; n < 20; n++) await chat.deps.limits.take('report', String(bobs.id))
    expect((await send(bob, id)).status).toBe(429)
  })
})
