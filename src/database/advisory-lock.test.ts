import { describe, expect, setDefaultTimeout, test } from 'bun:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { backends, type Chat, mysql, openChat } from '../../test/support/chat.ts'
import { acquireLock, acquireSingleProcessLock } from './advisory-lock.ts'

// Long enough to catch only a hang.
setDefaultTimeout(180_000)

/** For locks that are not lost. */
const unwatched = { onTaken() {} }

describe.each(backends)('an advisory lock, on $name', (backend) => {
  test('does not block the timers of a waiting process', async () => {
    const chat = await openChat(backend)
    const { orm, config } = chat.deps
    const first = await acquireLock(orm, config, { name: 'test', seconds: 0, watch: unwatched })
    let isOver = false
    const second = acquireLock(orm, config, { name: 'test', seconds: 60, watch: unwatched }).finally(() => {
      isOver = true
    })
    let ticks = 0
    const timer = setInterval(() => ticks++, 5)
    while (ticks < 50) await sleep(5)
    clearInterval(timer)
    expect(isOver).toBe(false)
    await first!()
    const release = await second
    expect(release).not.toBeNull()
    await release!()
    await chat.close()
  })

  test('is refused while another process holds it, and free after its release', async () => {
    const chat = await openChat(backend)
    const { orm, config } = chat.deps
    const lock = { name: 'test', seconds: 0, watch: unwatched }
    const first = await acquireLock(orm, config, lock)
    expect(await acquireLock(orm, config, lock)).toBeNull()
    const other = await acquireLock(orm, config, { ...lock, name: 'other' })
    expect(other).not.toBeNull()
    await first!()
    const again = await acquireLock(orm, config, lock)
    expect(again).not.toBeNull()
    await Promise.all([again!(), other!()])
    const watch = { log: chat.deps.log, onTaken() {} }
    const release = await acquireSingleProcessLock(orm, config, watch)
    await release()
    await chat.close()
  })
})

describe.each(backends.filter((backend) => backend === mysql))(
  'an advisory lock whose connection is killed, on $name,',
  (backend) => {
    /** The ID of the connection that holds the lock `test`; null when it is free. */
    async function holderOf({ deps }: Chat): Promise<number | null> {
      const query = "select is_used_lock(concat(database(), '.test')) as holder"
      const [row] = await deps.orm.em.fork().execute<[{ holder: number | null }]>(query)
      return row.holder === null ? null : Number(row.holder)
    }
    const kill = async (chat: Chat) => chat.deps.orm.em.fork().execute(`kill ${await holderOf(chat)}`)
    const logged = ({ logged }: Chat, text: string) => logged.some((line) => line.includes(text))

    test('is taken again', async () => {
      const chat = await openChat(backend)
      const { orm, config, log } = chat.deps
      let isTaken = false
      const watch = {
        log,
        onTaken() {
          isTaken = true
        },
      }
      const release = await acquireLock(orm, config, { name: 'test', seconds: 0, watch })
      const first = await holderOf(chat)
      await kill(chat)
      while (!logged(chat, 'a lost lock was taken again')) await sleep(5)
      expect(logged(chat, 'the connection that holds a lock was lost')).toBe(true)
      const second = await holderOf(chat)
      expect([second === null, second === first, isTaken]).toEqual([false, false, false])
      expect(await acquireLock(orm, config, { name: 'test', seconds: 0, watch: unwatched })).toBeNull()
      await release!()
      expect(await holderOf(chat)).toBeNull()
      await chat.close()
    })

    test('is released without an error', async () => {
      const chat = await openChat(backend)
      const { orm, config } = chat.deps
      const lock = { name: 'test', seconds: 60, watch: unwatched }
      const release = await acquireLock(orm, config, lock)
      await kill(chat)
      await release!()
      const again = await acquireLock(orm, config, lock)
      expect(again).not.toBeNull()
      await again!()
      await chat.close()
    })

    test('is reported as taken when another process has it', async () => {
      const chat = await openChat(backend)
      const { orm, config, log } = chat.deps
      const taken = Promise.withResolvers<void>()
      const watch = { log, onTaken: taken.resolve }
      const release = await acquireLock(orm, config, { name: 'test', seconds: 0, watch })
      const other = acquireLock(orm, config, { name: 'test', seconds: 60, watch: unwatched })
      await kill(chat)
      const releaseOther = await other
      expect(releaseOther).not.toBeNull()
      await taken.promise
      expect(logged(chat, 'another process has taken a lost lock')).toBe(true)
      await release!()
      await releaseOther!()
      await chat.close()
    })
  },
)
