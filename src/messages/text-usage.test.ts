import { afterAll, describe, expect, test } from 'bun:test'
import { backends, openChat } from '../../test/support/chat.ts'
import { paths } from '../../web/paths.ts'
import { UserEntity } from '../accounts/users/entity.ts'
import { transaction } from '../database/orm.ts'
import { deleteMessage } from './delete.ts'

const LONG = '字'.repeat(4000)
const BYTES = 12_000
const MEGABYTE = 1024 * 1024

describe.each(backends)('the quota of stored text, on $name,', async (backend) => {
  const chat = await openChat(backend, { env: { TEXT_QUOTA: '1 MB', RATE_LIMITS: 'off' } })
  afterAll(() => chat.close())
  const [ada, bob] = [await chat.signUp('ada'), await chat.signUp('bob')]
  const { textUsage } = chat.deps
  const countOf = async (handle: string) => {
    await textUsage.flush()
    return (await chat.deps.orm.em.fork().findOneOrFail(UserEntity, { handle })).textBytes
  }
  const setCount = (handle: string, textBytes: number) =>
    chat.deps.orm.em.fork().nativeUpdate(UserEntity, { handle }, { textBytes })

  test('counts the bytes of new messages for their sender, and a repeated send once', async () => {
    await ada.say(bob, 'é', 'one')
    await ada.post(paths.api.messages('bob'), { body: 'é', clientId: 'one' })
    await ada.say(bob, '👍')
    await ada.say(ada, 'note')
    expect([await countOf('ada'), await countOf('bob')]).toEqual([10, 0])
  })

  test('no longer counts a deleted message', async () => {
    const before = await countOf('bob')
    const { id } = await bob.say(ada, LONG)
    expect(await countOf('bob')).toBe(before + BYTES)
    const [conversation, seq] = id.split('-').map(Number) as [number, number]
    for (let n = 0; n < 2; n++) {
      const publish = await transaction(chat.deps, (em) =>
        deleteMessage(chat.deps, { em, conversation, seq }),
      )
      publish()
      expect(await countOf('bob')).toBe(before)
    }
  })

  test('refuses a message that does not fit, before and after the count is written, and nobody else', async () => {
    await setCount('ada', MEGABYTE - 2 * BYTES)
    await ada.say(bob, LONG)
    await ada.say(bob, LONG)
    for (const body of [LONG, 'x']) {
      const { status, body: problem } = await ada.post(paths.api.messages('bob'), { body })
      expect([status, problem.errors[0].field, problem.errors[0].code]).toEqual([422, 'body', 'text_quota'])
      expect(await countOf('ada')).toBe(MEGABYTE)
    }
    await bob.say(ada, 'still open')
    await setCount('ada', MEGABYTE - 5)
    await ada.say(bob, 'again')
  })

  test('answers a repeated send also without room', async () => {
    await setCount('bob', 0)
    const { id } = await bob.say(ada, 'once', 'repeated')
    await setCount('bob', MEGABYTE)
    const repeated = await bob.post(paths.api.messages('ada'), { body: 'once', clientId: 'repeated' })
    expect([repeated.status, repeated.body.id]).toEqual([200, id])
  })

  test('keeps counts that could not be written', async () => {
    await textUsage.flush()
    await setCount('bob', 0)
    textUsage.add((await chat.deps.orm.em.fork().findOneOrFail(UserEntity, { handle: 'bob' })).id, 7)
    const { orm } = textUsage
    Object.assign(textUsage, {
      orm: {
        em: {
          fork: () => {
            throw new Error('planted')
          },
        },
      },
    })
    await textUsage.flush()
    Object.assign(textUsage, { orm })
    expect(await countOf('bob')).toBe(7)
  })
})

test('without a quota, nothing is refused, and a count may exceed 32 bits', async () => {
  const chat = await openChat(backends[0]!, { env: { TEXT_QUOTA: 'off' } })
  const ada = await chat.signUp('ada')
  await chat.deps.orm.em.fork().nativeUpdate(UserEntity, { handle: 'ada' }, { textBytes: 2 ** 40 })
  await ada.say(ada, 'note')
  await chat.deps.textUsage.flush()
  const { textBytes } = await chat.deps.orm.em.fork().findOneOrFail(UserEntity, { handle: 'ada' })
  expect(textBytes).toBe(2 ** 40 + 4)
  await chat.close()
})
