import { afterAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { backends, mysql, openChat } from '../../test/support/chat.ts'
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

describe('a lock on MySQL', async () => {
  const chat = await openChat(mysql)
  afterAll(() => chat.close())
  const { orm, config, log } = chat.deps
  const em = () => orm.em.fork()
  const lock = { name: 'test', seconds: 0, watch: unwatched }
  /** The row of the lock, if there is one. `left` is in seconds. */
  async function leaseOf(name: string) {
    const [row] = await em().execute<{ owner: string; left: string }[]>(
      'select owner, timestampdiff(microsecond, utc_timestamp(3), expires_at) / 1e6 as `left` from lease where name = ?',
      [name],
    )
    return row && { owner: row.owner, left: Number(row.left) }
  }
  const logged = (text: string) => chat.logged.some((line) => line.includes(text))

  test('is a row with an end by the clock of the database, renewed until the release', async () => {
    const release = await acquireLock(orm, config, { ...lock, leaseMs: 400 })
    const first = await leaseOf('test')
    expect(first!.left).toBeWithin(-1, 0.41)
    // Longer than the lease, counted in renewals.
    for (let renewals = 0, last = first!.left; renewals < 8; ) {
      const { owner, left } = (await leaseOf('test'))!
      expect(owner).toBe(first!.owner)
      if (left > last) renewals++
      last = left
    }
    expect(await acquireLock(orm, config, lock)).toBeNull()
    await release!()
    expect(await leaseOf('test')).toBeUndefined()
  })

  test('of a crashed process is free after its end, and not before', async () => {
    const crashed = `insert into lease values ('test', 'crashed', utc_timestamp(3) + interval 300000 microsecond)`
    await em().execute(crashed)
    expect(await acquireLock(orm, config, lock)).toBeNull()
    const release = await acquireLock(orm, config, { ...lock, seconds: 60 })
    expect((await leaseOf('test'))!.owner).not.toBe('crashed')
    await release!()
  })

  test('is free when its end is implausibly far in the future', async () => {
    await em().execute(`insert into lease values ('test', 'crashed', utc_timestamp(3) + interval 1 day)`)
    const release = await acquireLock(orm, config, lock)
    expect(release).not.toBeNull()
    await release!()
  })

  test('is kept when its connections are killed', async () => {
    const release = await acquireLock(orm, config, { ...lock, leaseMs: 400, watch: { log, onTaken() {} } })
    const { owner } = (await leaseOf('test'))!
    await killConnections()
    for (let renewals = 0, last = 0; renewals < 3; ) {
      const row = await leaseOf('test').catch(() => null)
      if (!row) continue
      expect(row.owner).toBe(owner)
      if (row.left > last) renewals++
      last = row.left
    }
    await release!()
  })

  test('lets a listener wait for the release, as a stopping server does', async () => {
    const released = Promise.withResolvers<void>()
    const onTaken = async () => {
      await release!()
      released.resolve()
    }
    const release = await acquireLock(orm, config, { ...lock, leaseMs: 400, watch: { log, onTaken } })
    await em().execute(`update lease set owner = 'other', expires_at = utc_timestamp(3) + interval 1 minute`)
    await released.promise
    await em().execute(`delete from lease where owner = 'other'`)
  })

  test('is reported as taken when another process has it', async () => {
    const taken = Promise.withResolvers<void>()
    const watch = { log, onTaken: taken.resolve }
    const release = await acquireLock(orm, config, { ...lock, leaseMs: 400, watch })
    await em().execute(`update lease set owner = 'other', expires_at = utc_timestamp(3) + interval 1 minute`)
    await taken.promise
    expect(logged('another process has taken a lost lock')).toBe(true)
    await release!()
    // The release leaves the lock of the other process alone.
    expect((await leaseOf('test'))!.owner).toBe('other')
  })

  test('is taken by one of many that start together, before there are tables', async () => {
    await em().execute('drop table lease')
    const together = await Promise.all(
      Array.from({ length: 8 }, (_, index) =>
        acquireLock(orm, config, { ...lock, name: 'first' }).then((release) => ({ index, release })),
      ),
    )
    const holders = together.filter(({ release }) => release !== null)
    expect(holders).toHaveLength(1)
    await holders[0]!.release!()
  })

  async function killConnections(): Promise<void> {
    const others = await em().execute<{ id: number }[]>(
      'select id from information_schema.processlist where db = database() and id <> connection_id()',
    )
    for (const { id } of others)
      await em()
        .execute(`kill ${id}`)
        .catch(() => {})
  }
})
