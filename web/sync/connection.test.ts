import { describe, expect, test } from 'bun:test'
import { FakeClock } from '../../test/support/page-fakes.ts'
import { backoff, MAX_BACKOFF_MS } from './clock.ts'
import {
  LiveConnection,
  READY_TIMEOUT_MS,
  SILENCE_TIMEOUT_MS,
  SWEEP_INTERVAL_MS,
  type Transport,
  UPGRADE_INTERVAL_MS,
} from './connection.ts'

const message = { type: 'message', id: '1-1', with: 'bob', seq: 1, version: 1 } as const

/** A live connection over fake transports; `opened` lists all connections, the latest last. */
function setup(options: { names?: string[]; broken?: string[] } = {}) {
  const { names = ['socket', 'stream'], broken = [] } = options
  const clock = new FakeClock()
  const log: string[] = []
  const opened: { name: string; closed: boolean; emit(event: object): void; end(code?: number): void }[] = []
  const transport =
    (name: string): Transport =>
    (on) => {
      if (broken.includes(name)) throw new Error('not supported')
      const connection = {
        name,
        closed: false,
        emit: (event: object) => on.frame(JSON.stringify(event)),
        end: on.end,
      }
      opened.push(connection)
      return () => {
        connection.closed = true
      }
    }
  const live = new LiveConnection({
    transports: names.map(transport),
    clock,
    random: () => 1,
    onEvent: (event) => log.push(event.type),
    onMissed: () => log.push('missed'),
    onStatus: (status) => log.push(status),
    onSignedOut: () => log.push('signed out'),
    onConnectFailed: () => log.push('refused'),
  })
  live.start()
  return { live, clock, log, opened, latest: () => opened.at(-1)! }
}

describe('The live connection', () => {
  test('is live at `ready`, requests a catch-up and emits events', () => {
    const { live, log, latest } = setup()
    expect(live.status).toBe('connecting')
    latest().emit({ type: 'ready', connection: '1' })
    latest().emit(message)
    expect(latest().name).toBe('socket')
    expect(log).toEqual(['missed', 'live', 'message'])
  })

  test('requests another catch-up at another `ready`', () => {
    const { log, latest } = setup()
    latest().emit({ type: 'ready', connection: '1' })
    latest().emit({ type: 'ready', connection: '1' })
    expect(log).toEqual(['missed', 'live', 'missed'])
  })

  test('ignores a frame that is not JSON', () => {
    const clock = new FakeClock()
    const live = new LiveConnection({
      transports: [
        (on) => {
          on.frame('<html>')
          on.frame('{"type":"ready"}')
          return () => {}
        },
      ],
      clock,
      random: () => 1,
      onEvent() {},
      onMissed() {},
      onStatus() {},
      onSignedOut() {},
      onConnectFailed() {},
    })
    live.start()
    expect(live.status).toBe('live')
  })

  test('falls back to the event stream at once when the WebSocket is refused', () => {
    const { opened, latest, live } = setup()
    latest().end(1006)
    expect(opened.map(({ name }) => name)).toEqual(['socket', 'stream'])
    expect(opened[0]?.closed).toBe(true)
    latest().emit({ type: 'ready', connection: '1' })
    expect(live.status).toBe('live')
  })

  test('falls back to the event stream when the WebSocket does not respond, as behind some proxies', async () => {
    const { clock, opened, latest } = setup()
    await clock.pass(READY_TIMEOUT_MS - 1)
    latest().emit({ type: 'heartbeat' })
    expect(opened).toHaveLength(1)
    await clock.pass(1)
    expect(latest().name).toBe('stream')
  })

  test('falls back to the event stream where WebSockets are not supported', () => {
    expect(setup({ broken: ['socket'] }).latest().name).toBe('stream')
  })

  test('ignores events of a connection that it has dropped', () => {
    const { opened, log, latest } = setup()
    latest().end()
    opened[0]?.emit({ type: 'ready', connection: '1' })
    opened[0]?.end()
    expect(log).toEqual([])
    expect(opened).toHaveLength(2)
  })

  test('tries the WebSocket first when the event stream ends', async () => {
    const { clock, opened, latest, log } = setup()
    latest().end()
    latest().emit({ type: 'ready', connection: '1' })
    latest().end()
    expect(log.at(-1)).toBe('connecting')
    await clock.pass(1000)
    expect(opened.map(({ name }) => name)).toEqual(['socket', 'stream', 'socket'])
  })

  test('is offline when no transport connects, backs off up to 30 s and requests a check of the session', async () => {
    const { clock, opened, latest, log } = setup()
    for (const wait of [1, 2, 4, 8, 16, 30, 30]) {
      latest().end()
      latest().end()
      const before = opened.length
      await clock.pass(wait * 1000 - 1)
      expect(opened).toHaveLength(before)
      await clock.pass(1)
      expect(latest().name).toBe('socket')
    }
    expect(log.filter((what) => what === 'offline')).toHaveLength(1)
    expect(log.filter((what) => what === 'refused')).toHaveLength(7)
  })

  test('resets the back-off only after a connection that lasts', async () => {
    const { clock, opened, latest } = setup()
    for (const wait of [1, 2, 4]) {
      latest().emit({ type: 'ready', connection: '1' })
      latest().end()
      await clock.pass(wait * 1000 - 1)
      const before = opened.length
      await clock.pass(1)
      expect(opened).toHaveLength(before + 1)
    }
    latest().emit({ type: 'ready', connection: '1' })
    await clock.pass(10_000)
    latest().end()
    const before = opened.length
    await clock.pass(1000)
    expect(opened).toHaveLength(before + 1)
  })

  test('is replaced after 45 s without a frame, and kept as long as heartbeats arrive', async () => {
    const { clock, opened, latest } = setup()
    latest().emit({ type: 'ready', connection: '1' })
    for (let passWithHeartbeats = 0; passWithHeartbeats < 5; passWithHeartbeats++) {
      await clock.pass(SILENCE_TIMEOUT_MS - 1)
      latest().emit({ type: 'heartbeat' })
    }
    expect(opened).toHaveLength(1)
    await clock.pass(SILENCE_TIMEOUT_MS + 1000)
    expect(opened[0]?.closed).toBe(true)
    expect(latest().name).toBe('socket')
  })

  test('requests a check of the session when it has ended, and reconnects in case it was renewed', async () => {
    const { clock, opened, latest, log } = setup()
    latest().emit({ type: 'ready', connection: '1' })
    latest().end(4401)
    expect(log).toEqual(['missed', 'live', 'connecting', 'signed out'])
    expect(opened).toHaveLength(1)
    await clock.pass(1000)
    expect(latest().name).toBe('socket')
    latest().emit({ type: 'ready', connection: '1' })
    expect(log.slice(4)).toEqual(['missed', 'live'])
  })

  test('does not try the event stream when the session has ended', () => {
    const { opened, latest } = setup()
    latest().end(4401)
    expect(opened).toHaveLength(1)
  })

  test('requests a catch-up every 60 s, connected or not', async () => {
    const { clock, log } = setup({ names: [] })
    await clock.pass(3 * SWEEP_INTERVAL_MS)
    expect(log.filter((what) => what === 'missed')).toHaveLength(3)
  })

  test('closes and requests no more catch-ups when stopped', async () => {
    const { live, clock, log, latest } = setup()
    latest().emit({ type: 'ready', connection: '1' })
    live.stop()
    await clock.pass(10 * SWEEP_INTERVAL_MS)
    expect(latest().closed).toBe(true)
    expect(log).toEqual(['missed', 'live'])
  })
})

describe('On the event stream, the live connection', () => {
  async function onStream() {
    const played = setup()
    played.latest().end()
    played.latest().emit({ type: 'ready', connection: '1' })
    await passWithHeartbeats(played, UPGRADE_INTERVAL_MS - 1)
    expect(played.opened).toHaveLength(2)
    await passWithHeartbeats(played, 1)
    return played
  }
  /** Lets `ms` pass while heartbeats arrive. */
  async function passWithHeartbeats({ clock, opened }: ReturnType<typeof setup>, ms: number) {
    for (let left = ms; left > 0; left -= SILENCE_TIMEOUT_MS / 2) {
      await clock.pass(Math.min(left, SILENCE_TIMEOUT_MS / 2))
      for (const { name, closed, emit } of opened)
        if (name === 'stream' && !closed) emit({ type: 'heartbeat' })
    }
  }

  test('tries the WebSocket again after five minutes, and switches to it when it is ready', async () => {
    const { opened, latest, log, live } = await onStream()
    expect(opened.map(({ name, closed }) => [name, closed])).toEqual([
      ['socket', true],
      ['stream', false],
      ['socket', false],
    ])
    opened[1]?.emit(message)
    expect(log.at(-1)).toBe('message')
    latest().emit(message)
    latest().emit({ type: 'ready', connection: '1' })
    expect(opened.map(({ closed }) => closed)).toEqual([true, true, false])
    opened[1]?.emit(message)
    latest().emit(message)
    expect(log.filter((what) => what !== 'heartbeat')).toEqual([
      ...['missed', 'live', 'missed', 'missed', 'missed', 'missed', 'missed', 'message', 'missed', 'message'],
    ])
    expect(live.status).toBe('live')
    latest().end()
    expect(log.at(-1)).toBe('connecting')
  })

  test('keeps the event stream when the WebSocket is still blocked, and tries again five minutes later', async () => {
    const played = await onStream()
    const { opened, latest, log, live } = played
    latest().end()
    expect(live.status).toBe('live')
    expect(log).not.toContain('connecting')
    await passWithHeartbeats(played, UPGRADE_INTERVAL_MS - 1)
    expect(opened).toHaveLength(3)
    await passWithHeartbeats(played, 1)
    expect(opened).toHaveLength(4)
    await passWithHeartbeats(played, READY_TIMEOUT_MS)
    expect(opened.map(({ closed }) => closed)).toEqual([true, false, true, true])
  })

  test('drops the upgrade attempt when the stream ends or when stopped', async () => {
    const { opened, clock, live } = await onStream()
    opened[1]?.end()
    expect(opened.map(({ closed }) => closed)).toEqual([true, true, true])
    await clock.pass(1000)
    expect(opened).toHaveLength(4)
    const other = await onStream()
    other.live.stop()
    live.stop()
    expect(other.opened.every(({ closed }) => closed)).toBe(true)
    await other.clock.pass(10 * UPGRADE_INTERVAL_MS)
    expect(other.opened).toHaveLength(3)
  })

  test('makes no upgrade attempts from a WebSocket', async () => {
    const { latest, opened, clock } = await onStream()
    latest().emit({ type: 'ready', connection: '1' })
    for (let n = 0; n < 20; n++) {
      await clock.pass(SILENCE_TIMEOUT_MS - 1)
      latest().emit({ type: 'heartbeat' })
    }
    expect(opened).toHaveLength(3)
  })
})

describe('When the page is shown again or the network is back, the live connection', () => {
  test('keeps a connection with a recent frame', () => {
    const { live, opened, log, latest } = setup()
    latest().emit({ type: 'ready', connection: '1' })
    live.wake()
    expect(opened).toHaveLength(1)
    expect(log).toEqual(['missed', 'live'])
  })

  test('reconnects without waiting for the back-off', async () => {
    const { live, clock, opened, latest } = setup()
    latest().end()
    latest().end()
    live.wake()
    expect(opened).toHaveLength(3)
    await clock.pass(1000)
    expect(opened).toHaveLength(3)
  })

  test('does not interrupt an attempt to connect', () => {
    const { live, opened } = setup()
    live.wake()
    expect(opened).toHaveLength(1)
  })

  test('replaces a connection that has missed a heartbeat', async () => {
    const { live, clock, opened, latest } = setup()
    latest().emit({ type: 'ready', connection: '1' })
    await clock.pass(SILENCE_TIMEOUT_MS / 2 + 1)
    live.wake()
    expect(opened.map(({ closed }) => closed)).toEqual([true, false])
    expect(live.status).toBe('connecting')
  })

  test('reconnects after the browser was offline, unless a frame has arrived since', () => {
    const { live, opened, latest } = setup()
    latest().emit({ type: 'ready', connection: '1' })
    live.offline()
    expect(live.status).toBe('offline')
    latest().emit({ type: 'heartbeat' })
    expect(live.status).toBe('live')
    live.offline()
    live.wake()
    expect(opened).toHaveLength(2)
  })
})

test('The back-off is random between zero and a bound that doubles up to 30 s', () => {
  for (let attempt = 0; attempt < 20; attempt++) {
    expect(backoff(attempt, () => 0)).toBe(0)
    expect(backoff(attempt, () => 1)).toBe(Math.min(MAX_BACKOFF_MS, 1000 * 2 ** attempt))
  }
})
