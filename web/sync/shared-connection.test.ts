import { describe, expect, test } from 'bun:test'
import { FakeBrowser, FakeClock, type FakeTab } from '../../test/support/page-fakes.ts'
import { READY_TIMEOUT_MS, SILENCE_TIMEOUT_MS, SWEEP_INTERVAL_MS, type Transport } from './connection.ts'
import { SharedConnection } from './shared-connection.ts'

const message = { type: 'message', id: '1-1', with: 'bob', seq: 1, version: 1 } as const

/** The tabs of Ada's browser, and the server at the other end of every connection that they open. */
function play() {
  const clock = new FakeClock()
  const browser = new FakeBrowser(clock)
  const opened: { tab: FakeTab; closed: boolean; say(event: object): void; end(code?: number): void }[] = []
  const transport =
    (tab: FakeTab): Transport =>
    (on) => {
      const connection = {
        tab,
        closed: false,
        say: (event: object) => tab.do(() => on.frame(JSON.stringify(event))),
        end: (code?: number) => tab.do(() => on.end(code)),
      }
      opened.push(connection)
      return () => {
        connection.closed = true
      }
    }

  function openTab({ alone = false, name = 'live:ada' } = {}) {
    const tab = browser.open()
    const told: string[] = []
    const live = new SharedConnection({
      transports: [transport(tab)],
      clock: tab,
      random: () => 1,
      onEvent: (event) => told.push(event.type),
      onMissed: () => told.push('missed'),
      onStatus: (status) => told.push(status),
      onSignedOut: () => told.push('signed out'),
      onConnectFailed: () => told.push('refused'),
      tabs: alone ? null : { locks: tab.locks, open: (name) => tab.channel(name), name },
    })
    live.start()
    return { tab, live, told }
  }
  const settle = () => clock.pass(0)
  /** Connections that a living tab holds. */
  const held = () => opened.filter(({ tab, closed }) => !closed && browser.tabs.has(tab))
  /** Two tabs of which the first leads, and is connected. */
  async function two() {
    const first = openTab()
    await settle()
    const second = openTab()
    await settle()
    opened[0]?.say({ type: 'ready', connection: '1' })
    await settle()
    for (const { told } of [first, second]) told.length = 0
    return [first, second] as const
  }
  /** Lets `ms` pass on a connection that is alive. */
  async function beat(ms: number) {
    for (let left = ms; left > 0; left -= SILENCE_TIMEOUT_MS / 2) {
      await clock.pass(Math.min(left, SILENCE_TIMEOUT_MS / 2))
      held().at(-1)?.say({ type: 'heartbeat' })
      await settle()
    }
  }
  return { clock, opened, held, openTab, settle, two, beat, latest: () => opened.at(-1)! }
}

describe('The tabs of one browser', () => {
  test('share one connection, and all hear what it says', async () => {
    const { openTab, opened, settle, latest } = play()
    const tabs = [openTab(), openTab(), openTab()]
    await settle()
    expect(opened).toHaveLength(1)
    latest().say({ type: 'ready', connection: '1' })
    latest().say(message)
    await settle()
    for (const { told, live } of tabs) {
      expect(told.filter((what) => what === 'message')).toHaveLength(1)
      expect(told.slice(-3)).toEqual(['missed', 'live', 'message'])
      expect(live.status).toBe('live')
    }
  })

  test('are told at once how it stands when they come later, and catch up', async () => {
    const { openTab, two, opened, settle } = play()
    const [first] = await two()
    const late = openTab()
    await settle()
    expect(late.live.status).toBe('live')
    expect(late.told).toEqual(['missed', 'live'])
    expect(first.told).toEqual([])
    expect(opened).toHaveLength(1)
  })

  test('tell the truth about a connection that is lost', async () => {
    const { two, latest, settle, clock } = play()
    const tabs = await two()
    latest().end()
    await settle()
    for (const { live } of tabs) expect(live.status).toBe('connecting')
    await clock.pass(1000)
    latest().end()
    await settle()
    for (const { live } of tabs) expect(live.status).toBe('offline')
    expect(tabs[0].told).toContain('refused')
    expect(tabs[1].told).not.toContain('refused')
  })

  test('all learn that the session is over', async () => {
    const { two, latest, settle } = play()
    const tabs = await two()
    latest().end(4401)
    await settle()
    for (const { told } of tabs) expect(told).toContain('signed out')
  })

  test('all catch up every minute', async () => {
    const { two, beat } = play()
    const tabs = await two()
    await beat(3 * SWEEP_INTERVAL_MS)
    for (const { told } of tabs) expect(told.filter((what) => what === 'missed')).toHaveLength(3)
  })

  test('of two people do not hear each other', async () => {
    const { openTab, opened, settle } = play()
    openTab()
    const eve = openTab({ name: 'live:eve' })
    await settle()
    expect(opened).toHaveLength(2)
    opened[0]?.say({ type: 'ready', connection: '1' })
    await settle()
    expect(eve.told).toEqual([])
  })

  test('each have a connection of their own where there are no locks', async () => {
    const { openTab, opened, settle } = play()
    const tabs = [openTab({ alone: true }), openTab({ alone: true })]
    await settle()
    expect(opened).toHaveLength(2)
    opened[1]?.say({ type: 'ready', connection: '1' })
    expect(tabs.map(({ live }) => live.status)).toEqual(['connecting', 'live'])
    for (const { live } of tabs) live.stop()
    expect(opened.every(({ closed }) => closed)).toBe(true)
  })

  test('each have a connection of their own where locks are denied', async () => {
    const { clock, opened } = play()
    const tab = new FakeBrowser(clock).open()
    const live = new SharedConnection({
      transports: [
        (on) => {
          opened.push({ tab, closed: false, say: (event) => on.frame(JSON.stringify(event)), end: on.end })
          return () => {}
        },
      ],
      ...{
        clock,
        random: () => 1,
        onEvent() {},
        onMissed() {},
        onStatus() {},
        onSignedOut() {},
        onConnectFailed() {},
      },
      tabs: {
        locks: { request: () => Promise.reject(new DOMException('', 'SecurityError')) },
        open: (name) => tab.channel(name),
        name: 'live:ada',
      },
    })
    live.start()
    await clock.pass(0)
    opened[0]?.say({ type: 'ready', connection: '1' })
    expect(live.status).toBe('live')
    await clock.pass(READY_TIMEOUT_MS)
    expect(opened).toHaveLength(1)
  })
})

describe('When the tab that leads', () => {
  test.each(['closes', 'crashes'])('%s, another takes over at once and everybody catches up', async (how) => {
    const { two, openTab, settle, opened, held, latest } = play()
    const [first, second] = await two()
    const third = openTab()
    await settle()
    if (how === 'closes') first.live.stop()
    first.tab.crash()
    await settle()
    expect(opened).toHaveLength(2)
    expect(latest().tab).toBe(second.tab)
    for (const { told } of [second, third]) told.length = 0
    latest().say({ type: 'ready', connection: '1' })
    latest().say(message)
    await settle()
    for (const { told } of [second, third]) expect(told).toEqual(['missed', 'live', 'message'])
    expect(held()).toHaveLength(1)
  })

  test('is suspended without a word, it is taken for dead after a silence, and follows when it goes on', async () => {
    const { two, clock, settle, opened, held, latest, beat } = play()
    const [first, second] = await two()
    first.tab.suspend()
    await clock.pass(SILENCE_TIMEOUT_MS + READY_TIMEOUT_MS - 1)
    expect(opened).toHaveLength(1)
    await clock.pass(1)
    expect(latest().tab).toBe(second.tab)
    latest().say({ type: 'ready', connection: '1' })
    await settle()
    first.told.length = 0
    first.tab.resume()
    await settle()
    expect(held().map(({ tab }) => tab)).toEqual([second.tab])
    expect(first.told).toContain('missed')
    expect(first.live.status).toBe('live')
    latest().say(message)
    await settle()
    expect(first.told.at(-1)).toBe('message')
    expect(second.told.filter((what) => what === 'message')).toHaveLength(1)
    await beat(2 * SWEEP_INTERVAL_MS)
    expect(opened).toHaveLength(2)
  })

  test('is suspended, what other tabs ask is no sign of its life', async () => {
    const { two, openTab, clock, opened } = play()
    const [first, second] = await two()
    first.tab.suspend()
    await clock.pass(SILENCE_TIMEOUT_MS - 1000)
    const passing = openTab()
    await clock.pass(1000)
    passing.tab.crash()
    await clock.pass(READY_TIMEOUT_MS)
    expect(opened.at(-1)?.tab).toBe(second.tab)
  })

  test('was suspended before another came, that one waits five seconds for an answer', async () => {
    const { openTab, two, clock, latest } = play()
    const [first, second] = await two()
    first.tab.suspend()
    second.tab.crash()
    const late = openTab()
    await clock.pass(READY_TIMEOUT_MS)
    expect(latest().tab).toBe(late.tab)
  })

  test('is offline for long but answers, it goes on leading', async () => {
    const { two, clock, opened, latest } = play()
    const [first] = await two()
    latest().end()
    for (let n = 0; n < 20; n++) {
      await clock.pass(30_000)
      latest().end()
    }
    expect(opened.every(({ tab }) => tab === first.tab)).toBe(true)
  })

  test('lets go as it is put aside, it follows when it comes back', async () => {
    const { two, settle, latest, opened } = play()
    const [first, second] = await two()
    first.live.stop()
    await settle()
    expect(opened[0]?.closed).toBe(true)
    latest().say({ type: 'ready', connection: '1' })
    first.live.start()
    first.live.start()
    await settle()
    expect(opened).toHaveLength(2)
    expect(latest().tab).toBe(second.tab)
    expect(first.live.status).toBe('live')
  })

  test('leaves before or just as the lock is its own, nothing is opened, and another may lead', async () => {
    const { openTab, settle, opened } = play()
    for (const wait of [0, 1, 2]) {
      const { live } = openTab()
      for (let turn = 0; turn < wait; turn++) await Promise.resolve()
      live.stop()
      await settle()
      for (const connection of opened.splice(0)) expect(connection.closed).toBe(true)
    }
    openTab()
    await settle()
    expect(opened).toHaveLength(1)
  })

  test('is suspended while several follow, one of them takes over, and the others follow that', async () => {
    const { two, openTab, clock, settle, held, latest } = play()
    const [first, second] = await two()
    const third = openTab()
    await settle()
    first.tab.suspend()
    await clock.pass(SILENCE_TIMEOUT_MS + READY_TIMEOUT_MS)
    latest().say({ type: 'ready', connection: '1' })
    await settle()
    for (const { live } of [second, third]) expect(live.status).toBe('live')
    expect(held().filter(({ tab }) => tab !== first.tab)).toHaveLength(1)
    first.tab.resume()
    await settle()
    expect(held()).toHaveLength(1)
  })
})

describe('A tab that follows', () => {
  test('and is shown again catches up, and has the leader connect now instead of after its back-off', async () => {
    const { two, settle, opened, latest } = play()
    const [, second] = await two()
    latest().end()
    await settle()
    second.told.length = 0
    second.live.nudge()
    expect(second.told).toEqual(['missed'])
    await settle()
    expect(opened).toHaveLength(2)
  })

  test('and is shown again does not disturb a connection that is alive', async () => {
    const { two, settle, opened, clock, beat } = play()
    const [first, second] = await two()
    second.live.nudge()
    await settle()
    await beat(READY_TIMEOUT_MS)
    expect(opened).toHaveLength(1)
    expect(first.told.filter((what) => what !== 'heartbeat')).toEqual([])
    first.tab.suspend()
    second.live.nudge()
    await clock.pass(READY_TIMEOUT_MS)
    expect(opened).toHaveLength(2)
  })

  test('says nothing when the browser is offline: the one that leads does', async () => {
    const { two, settle } = play()
    const [first, second] = await two()
    second.live.offline()
    await settle()
    expect(second.live.status).toBe('live')
    first.live.offline()
    await settle()
    expect(second.live.status).toBe('offline')
    first.live.nudge()
  })
})
