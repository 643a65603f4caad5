import { afterAll, describe, expect, test } from 'bun:test'
import { join } from 'node:path'
import { backends, mysql, openChat } from '../../test/support/chat.ts'
import { paths } from '../../web/paths.ts'
import { UserEntity } from '../accounts/users/entity.ts'
import { transaction } from '../database/orm.ts'
import { deleteMessage } from './delete.ts'
import { MessageEntity } from './entity.ts'
import { MESSAGE_OVERHEAD } from './text-usage.ts'

const LONG = '字'.repeat(4000)
const BYTES = 12_000 + MESSAGE_OVERHEAD
const MEGABYTE = 1024 * 1024
/** Bytes of a short message: its row, and a text of five bytes. */
const SHORT = 205

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

  test('counts the bytes of new messages and of their rows for their sender, and a repeated send once', async () => {
    await ada.say(bob, 'é', 'one')
    await ada.post(paths.api.messages('bob'), { body: 'é', clientId: 'one' })
    await ada.say(bob, '👍')
    await ada.say(ada, 'note')
    expect([await countOf('ada'), await countOf('bob')]).toEqual([3 * MESSAGE_OVERHEAD + 10, 0])
  })

  test('no longer counts the text of a deleted message, whose row stays', async () => {
    const before = await countOf('bob')
    const { id } = await bob.say(ada, LONG)
    expect(await countOf('bob')).toBe(before + BYTES)
    const [conversation, seq] = id.split('-').map(Number) as [number, number]
    for (let n = 0; n < 2; n++) {
      const publish = await transaction(chat.deps, (em) =>
        deleteMessage(chat.deps, { em, conversation, seq }),
      )
      publish()
      expect(await countOf('bob')).toBe(before + MESSAGE_OVERHEAD)
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
    await setCount('ada', MEGABYTE - SHORT)
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

  test('waits for a running write of counts, so that none is lost when the server stops', async () => {
    const { orm } = textUsage
    const late = Promise.withResolvers<void>()
    const steps: string[] = []
    const statement: object = new Proxy(
      {},
      { get: (_, name) => (name === 'execute' ? write : () => statement) },
    )
    const write = async () => {
      await late.promise
      steps.push('written')
    }
    Object.assign(textUsage, { orm: { em: { fork: () => ({ getKysely: () => statement }) } } })
    textUsage.add(1, 7)
    const running = textUsage.flush()
    const closing = textUsage.flush().then(() => steps.push('closed'))
    late.resolve()
    await Promise.all([running, closing])
    Object.assign(textUsage, { orm })
    expect(steps).toEqual(['written', 'closed'])
  })

  test('is counted again by the documented statement, which reads each message once', async () => {
    const guide = await Bun.file(join(import.meta.dir, '../../docs/operating.md')).text()
    const [onMysql, onSqlite] = guide.match(/^update user [^;]+/gm) as [string, string]
    const isMysql = backend === mysql
    const statement = isMysql ? onMysql : onSqlite
    await chat.signUp('silent')
    await setCount('ada', 1)
    await setCount('silent', 1)
    const em = chat.deps.orm.em.fork()
    const plan = JSON.stringify(
      await em.execute(`${isMysql ? 'explain' : 'explain query plan'} ${statement}`),
    )
    expect(plan).toMatch(/message/)
    expect(plan).not.toMatch(/dependent subquery|correlated/i)
    const { id: sender } = await em.findOneOrFail(UserEntity, { handle: 'ada' })
    const messages = await em.find(MessageEntity, { sender })
    expect(messages.length).toBeGreaterThan(3)
    await em.execute(statement)
    const sizes = messages.map(({ body }) => MESSAGE_OVERHEAD + Buffer.byteLength(body))
    expect(await countOf('ada')).toBe(sizes.reduce((sum, size) => sum + size))
    expect(await countOf('silent')).toBe(0)
  })
})

describe.each(backends)('the quota of a new account, on $name,', async (backend) => {
  const chat = await openChat(backend, { env: { TEXT_QUOTA: '20 MB' } })
  afterAll(() => chat.close())

  test('is 10 MB for a week, and then that of all', async () => {
    const ada = await chat.signUp('ada')
    const send = async (textBytes: number) => {
      await chat.deps.textUsage.flush()
      await chat.deps.orm.em.fork().nativeUpdate(UserEntity, { handle: 'ada' }, { textBytes })
      return (await ada.post(paths.api.messages('ada'), { body: 'short' })).status
    }
    expect(await send(10 * MEGABYTE - SHORT)).toBe(201)
    expect(await send(10 * MEGABYTE - SHORT + 1)).toBe(422)
    chat.advance(7 * 24 * 60 * 60 - 60)
    expect(await send(10 * MEGABYTE)).toBe(422)
    chat.advance(120)
    expect(await send(10 * MEGABYTE)).toBe(201)
    expect(await send(20 * MEGABYTE - SHORT + 1)).toBe(422)
  })
})

test('without a quota, nothing is refused, and a count may exceed 32 bits', async () => {
  const chat = await openChat(backends[0]!, { env: { TEXT_QUOTA: 'off' } })
  const ada = await chat.signUp('ada')
  await chat.deps.orm.em.fork().nativeUpdate(UserEntity, { handle: 'ada' }, { textBytes: 2 ** 40 })
  await ada.say(ada, 'note')
  await chat.deps.textUsage.flush()
  const { textBytes } = await chat.deps.orm.em.fork().findOneOrFail(UserEntity, { handle: 'ada' })
  expect(textBytes).toBe(2 ** 40 + 4 + MESSAGE_OVERHEAD)
  await chat.close()
})
