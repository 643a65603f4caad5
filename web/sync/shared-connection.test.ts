import { describe, expect, test } from 'bun:test'
import { FakeBrowser, FakeClock, type FakeTab } from '../../test/support/page-fakes.ts'
import { READY_TIMEOUT_MS, SILENCE_TIMEOUT_MS, SWEEP_INTERVAL_MS, type Transport } from './connection.ts'
import { SharedConnection } from './shared-connection.ts'

const message = { type: 'message', id: '1-1', with: 'bob', seq: 1, version: 1 } as const

/** The tabs of Ada's browser, and the server end of every connection that they open. */
function setup() {
  const clock = new FakeClock()
  const browser = new FakeBrowser(clock)
  const opened: { tab: FakeTab; closed: boolean; emit(event: object): void; end(code?: number): void }[] = []
  const transport =
    (tab: FakeTab): Transport =>
    (on) => {
      const connection = {
        tab,
        closed: false,
        emit: (event: object) => tab.do(() => on.frame(JSON.stringify(event))),
        end: (code?: number) => tab.do(() => on.end(code)),
      }
      opened.push(connection)
      return () => {
        connection.closed = true
      }
    }

  function openTab({ alone = false, name = 'live:ada' } = {}) {
    const tab = browser.open()
    const log: string[] = []
    const live = new SharedConnection({
      transports: [transport(tab)],
      clock: tab,
      random: () => 1,
      onEvent: (event) => log.push(event.type),
      onMissed: () => log.push('missed'),
      onStatus: (status) => log.push(status),
      onSignedOut: () => log.push('signed out'),
      onConnectFailed: () => log.push('refused'),
      tabs: alone ? null : { locks: tab.locks, open: (name) => tab.channel(name), name },
    })
    live.start()
    return { tab, live, log }
  }
  const settle = () => clock.pass(0)
  /** Open connections of tabs that have not crashed. */
  const openConnections = () => opened.filter(({ tab, closed }) => !closed && browser.tabs.has(tab))
  /** Two tabs; the first is the leader and connected. */
  async function two() {
    const first = openTab()
    await settle()
    const second = openTab()
    await settle()
    opened[0]?.emit({ type: 'ready', connection: '1' })
    await settle()
    for (const { log } of [first, second]) log.length = 0
    return [first, second] as const
  }
  /** Lets `ms` pass while heartbeats arrive. */
  async function passWithHeartbeats(ms: number) {
    for (let left = ms; left > 0; left -= SILENCE_TIMEOUT_MS / 2) {
      await clock.pass(Math.min(left, SILENCE_TIMEOUT_MS / 2))
      openConnections().at(-1)?.emit({ type: 'heartbeat' })
      await settle()
    }
  }
  return {
    clock,
    opened,
    openConnections,
    openTab,
    settle,
    two,
    passWithHeartbeats,
    latest: () => opened.at(-1)!,
  }
}

describe('The tabs of one browser', () => {
  test('share one connection and all receive its events', async () => {
    const { openTab, opened, settle, latest } = setup()
    const tabs = [openTab(), openTab(), openTab()]
    await settle()
    expect(opened).toHaveLength(1)
    latest().emit({ type: 'ready', connection: '1' })
    latest().emit(message)
    await settle()
    for (const { log, live } of tabs) {
      expect(log.filter((what) => what === 'message')).toHaveLength(1)
      expect(log.slice(-3)).toEqual(['missed', 'live', 'message'])
      expect(live.status).toBe('live')
    }
  })

  test('receive the status and catch up at once when they open later', async () => {
    const { openTab, two, opened, settle } = setup()
    const [first] = await two()
    const late = openTab()
    await settle()
    expect(late.live.status).toBe('live')
    expect(late.log).toEqual(['missed', 'live'])
    expect(first.log).toEqual([])
    expect(opened).toHaveLength(1)
  })

  test('all show that the connection is lost', async () => {
    const { two, latest, settle, clock } = setup()
    const tabs = await two()
    latest().end()
    await settle()
    for (const { live } of tabs) expect(live.status).toBe('connecting')
    await clock.pass(1000)
    latest().end()
    await settle()
    for (const { live } of tabs) expect(live.status).toBe('offline')
    expect(tabs[0].log).toContain('refused')
    expect(tabs[1].log).not.toContain('refused')
  })

  test('are all notified when the session has ended', async () => {
    const { two, latest, settle } = setup()
    const tabs = await two()
    latest().end(4401)
    await settle()
    for (const { log } of tabs) expect(log).toContain('signed out')
  })

  test('all catch up every minute', async () => {
    const { two, passWithHeartbeats } = setup()
    const tabs = await two()
    await passWithHeartbeats(3 * SWEEP_INTERVAL_MS)
    for (const { log } of tabs) expect(log.filter((what) => what === 'missed')).toHaveLength(3)
  })

  test('do not share events between two accounts', async () => {
    const { openTab, opened, settle } = setup()
    openTab()
    const eve = openTab({ name: 'live:eve' })
    await settle()
    expect(opened).toHaveLength(2)
    opened[0]?.emit({ type: 'ready', connection: '1' })
    await settle()
    expect(eve.log).toEqual([])
  })

  test('have a connection each where there are no locks', async () => {
    const { openTab, opened, settle } = setup()
    const tabs = [openTab({ alone: true }), openTab({ alone: true })]
    await settle()
    expect(opened).toHaveLength(2)
    opened[1]?.emit({ type: 'ready', connection: '1' })
    expect(tabs.map(({ live }) => live.status)).toEqual(['connecting', 'live'])
    for (const { live } of tabs) live.stop()
    expect(opened.every(({ closed }) => closed)).toBe(true)
  })

  test('have a connection each where locks are denied', async () => {
    const { clock, opened } = setup()
    const tab = new FakeBrowser(clock).open()
    const live = new SharedConnection({
      transports: [
        (on) => {
          opened.push({ tab, closed: false, emit: (event) => on.frame(JSON.stringify(event)), end: on.end })
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
    opened[0]?.emit({ type: 'ready', connection: '1' })
    expect(live.status).toBe('live')
    await clock.pass(READY_TIMEOUT_MS)
    expect(opened).toHaveLength(1)
  })
})

describe('When the leader', () => {
  test.each(['closes', 'crashes'])(
    '%s, another tab takes over at once and all tabs catch up',
    async (how) => {
      const { two, openTab, settle, opened, openConnections, latest } = setup()
      const [first, second] = await two()
      const third = openTab()
      await settle()
      if (how === 'closes') first.live.stop()
      first.tab.crash()
      await settle()
      expect(opened).toHaveLength(2)
      expect(latest().tab).toBe(second.tab)
      for (const { log } of [second, third]) log.length = 0
      latest().emit({ type: 'ready', connection: '1' })
      latest().emit(message)
      await settle()
      for (const { log } of [second, third]) expect(log).toEqual(['missed', 'live', 'message'])
      expect(openConnections()).toHaveLength(1)
    },
  )

  test('is suspended, it is replaced after the timeout, and becomes a follower when it resumes', async () => {
    const { two, clock, settle, opened, openConnections, latest, passWithHeartbeats } = setup()
    const [first, second] = await two()
    first.tab.suspend()
    await clock.pass(SILENCE_TIMEOUT_MS + READY_TIMEOUT_MS - 1)
    expect(opened).toHaveLength(1)
    await clock.pass(1)
    expect(latest().tab).toBe(second.tab)
    latest().emit({ type: 'ready', connection: '1' })
    await settle()
    first.log.length = 0
    first.tab.resume()
    await settle()
    expect(openConnections().map(({ tab }) => tab)).toEqual([second.tab])
    expect(first.log).toContain('missed')
    expect(first.live.status).toBe('live')
    latest().emit(message)
    await settle()
    expect(first.log.at(-1)).toBe('message')
    expect(second.log.filter((what) => what === 'message')).toHaveLength(1)
    await passWithHeartbeats(2 * SWEEP_INTERVAL_MS)
    expect(opened).toHaveLength(2)
  })

  test('is suspended, messages of followers do not reset its timeout', async () => {
    const { two, openTab, clock, opened } = setup()
    const [first, second] = await two()
    first.tab.suspend()
    await clock.pass(SILENCE_TIMEOUT_MS - 1000)
    const passing = openTab()
    await clock.pass(1000)
    passing.tab.crash()
    await clock.pass(READY_TIMEOUT_MS)
    expect(opened.at(-1)?.tab).toBe(second.tab)
  })

  test('was suspended before another tab opened, that tab takes over after five seconds', async () => {
    const { openTab, two, clock, latest } = setup()
    const [first, second] = await two()
    first.tab.suspend()
    second.tab.crash()
    const late = openTab()
    await clock.pass(READY_TIMEOUT_MS)
    expect(latest().tab).toBe(late.tab)
  })

  test('is offline for long but responds, it stays the leader', async () => {
    const { two, clock, opened, latest } = setup()
    const [first] = await two()
    latest().end()
    for (let n = 0; n < 20; n++) {
      await clock.pass(30_000)
      latest().end()
    }
    expect(opened.every(({ tab }) => tab === first.tab)).toBe(true)
  })

  test('releases the lock as it is frozen, it is a follower when it resumes', async () => {
    const { two, settle, latest, opened } = setup()
    const [first, second] = await two()
    first.live.stop()
    await settle()
    expect(opened[0]?.closed).toBe(true)
    latest().emit({ type: 'ready', connection: '1' })
    first.live.start()
    first.live.start()
    await settle()
    expect(opened).toHaveLength(2)
    expect(latest().tab).toBe(second.tab)
    expect(first.live.status).toBe('live')
  })

  test('stops before or just as the lock is granted, no connection stays open and another tab can lead', async () => {
    const { openTab, settle, opened } = setup()
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

  test('is suspended and has several followers, one of them takes over and the others follow it', async () => {
    const { two, openTab, clock, settle, openConnections, latest } = setup()
    const [first, second] = await two()
    const third = openTab()
    await settle()
    first.tab.suspend()
    await clock.pass(SILENCE_TIMEOUT_MS + READY_TIMEOUT_MS)
    latest().emit({ type: 'ready', connection: '1' })
    await settle()
    for (const { live } of [second, third]) expect(live.status).toBe('live')
    expect(openConnections().filter(({ tab }) => tab !== first.tab)).toHaveLength(1)
    first.tab.resume()
    await settle()
    expect(openConnections()).toHaveLength(1)
  })
})

describe('A follower', () => {
  test('catches up when shown again, and makes the leader reconnect without back-off', async () => {
    const { two, settle, opened, latest } = setup()
    const [, second] = await two()
    latest().end()
    await settle()
    second.log.length = 0
    second.live.nudge()
    expect(second.log).toEqual(['missed'])
    await settle()
    expect(opened).toHaveLength(2)
  })

  test('does not replace a working connection when shown again', async () => {
    const { two, settle, opened, clock, passWithHeartbeats } = setup()
    const [first, second] = await two()
    second.live.nudge()
    await settle()
    await passWithHeartbeats(READY_TIMEOUT_MS)
    expect(opened).toHaveLength(1)
    expect(first.log.filter((what) => what !== 'heartbeat')).toEqual([])
    first.tab.suspend()
    second.live.nudge()
    await clock.pass(READY_TIMEOUT_MS)
    expect(opened).toHaveLength(2)
  })

  test('leaves it to the leader to report that the browser is offline', async () => {
    const { two, settle } = setup()
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
