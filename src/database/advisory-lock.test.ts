import { describe, expect, setDefaultTimeout, test } from 'bun:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { backends, openChat } from '../../test/support/chat.ts'
import { acquireLock, acquireSingleProcessLock } from './advisory-lock.ts'

// Long enough to catch only a hang.
setDefaultTimeout(180_000)

describe.each(backends)('an advisory lock, on $name', (backend) => {
  test('does not block the timers of a waiting process', async () => {
    const chat = await openChat(backend)
    const { orm, config } = chat.deps
    const first = await acquireLock(orm, config, { name: 'test', seconds: 0 })
    let isOver = false
    const second = acquireLock(orm, config, { name: 'test', seconds: 60 }).finally(() => {
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
    const lock = { name: 'test', seconds: 0 }
    const first = await acquireLock(orm, config, lock)
    expect(await acquireLock(orm, config, lock)).toBeNull()
    const other = await acquireLock(orm, config, { ...lock, name: 'other' })
    expect(other).not.toBeNull()
    await first!()
    const again = await acquireLock(orm, config, lock)
    expect(again).not.toBeNull()
    await Promise.all([again!(), other!()])
    const alone = await acquireSingleProcessLock(orm, config)
    await alone()
    await chat.close()
  })
})
