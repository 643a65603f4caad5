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

/** A live connection over transports that the test plays: `opened` has every connection there was, the latest last. */
function play(options: { rungs?: string[]; broken?: string[] } = {}) {
  const { rungs = ['socket', 'stream'], broken = [] } = options
  const clock = new FakeClock()
  const told: string[] = []
  const opened: { rung: string; closed: boolean; say(event: object): void; end(code?: number): void }[] = []
  const transport =
    (rung: string): Transport =>
    (on) => {
      if (broken.includes(rung)) throw new Error('not here')
      const connection = {
        rung,
        closed: false,
        say: (event: object) => on.frame(JSON.stringify(event)),
        end: on.end,
      }
      opened.push(connection)
      return () => {
        connection.closed = true
      }
    }
  const live = new LiveConnection({
    transports: rungs.map(transport),
    clock,
    random: () => 1,
    onEvent: (event) => told.push(event.type),
    onMissed: () => told.push('missed'),
    onStatus: (status) => told.push(status),
    onSignedOut: () => told.push('signed out'),
    onConnectFailed: () => told.push('refused'),
  })
  live.start()
  return { live, clock, told, opened, latest: () => opened.at(-1)! }
}

describe('The live connection', () => {
  test('is live at `ready`, which asks for a catch-up, and hands over what it hears', () => {
    const { live, told, latest } = play()
    expect(live.status).toBe('connecting')
    latest().say({ type: 'ready', connection: '1' })
    latest().say(message)
    expect(latest().rung).toBe('socket')
    expect(told).toEqual(['missed', 'live', 'message'])
  })

  test('asks for a catch-up again when the server says `ready` again', () => {
    const { told, latest } = play()
    latest().say({ type: 'ready', connection: '1' })
    latest().say({ type: 'ready', connection: '1' })
    expect(told).toEqual(['missed', 'live', 'missed'])
  })

  test('is not disturbed by a frame that is no JSON', () => {
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

  test('falls to the event stream at once when the WebSocket is refused', () => {
    const { opened, latest, live } = play()
    latest().end(1006)
    expect(opened.map(({ rung }) => rung)).toEqual(['socket', 'stream'])
    expect(opened[0]?.closed).toBe(true)
    latest().say({ type: 'ready', connection: '1' })
    expect(live.status).toBe('live')
  })

  test('falls to the event stream when the WebSocket stays silent, as behind a proxy that swallows it', async () => {
    const { clock, opened, latest } = play()
    await clock.pass(READY_TIMEOUT_MS - 1)
    latest().say({ type: 'heartbeat' })
    expect(opened).toHaveLength(1)
    await clock.pass(1)
    expect(latest().rung).toBe('stream')
  })

  test('falls to the event stream where there are no WebSockets', () => {
    expect(play({ broken: ['socket'] }).latest().rung).toBe('stream')
  })

  test('does not listen to a connection that it has given up', () => {
    const { opened, told, latest } = play()
    latest().end()
    opened[0]?.say({ type: 'ready', connection: '1' })
    opened[0]?.end()
    expect(told).toEqual([])
    expect(opened).toHaveLength(2)
  })

  test('climbs back to the WebSocket when the event stream ends', async () => {
    const { clock, opened, latest, told } = play()
    latest().end()
    latest().say({ type: 'ready', connection: '1' })
    latest().end()
    expect(told.at(-1)).toBe('connecting')
    await clock.pass(1000)
    expect(opened.map(({ rung }) => rung)).toEqual(['socket', 'stream', 'socket'])
  })

  test('is offline when nothing connects, waits ever longer but never over 30 s, and has the session checked', async () => {
    const { clock, opened, latest, told } = play()
    for (const wait of [1, 2, 4, 8, 16, 30, 30]) {
      latest().end()
      latest().end()
      const before = opened.length
      await clock.pass(wait * 1000 - 1)
      expect(opened).toHaveLength(before)
      await clock.pass(1)
      expect(latest().rung).toBe('socket')
    }
    expect(told.filter((what) => what === 'offline')).toHaveLength(1)
    expect(told.filter((what) => what === 'refused')).toHaveLength(7)
  })

  test('goes on waiting longer when connections do not last', async () => {
    const { clock, opened, latest } = play()
    for (const wait of [1, 2, 4]) {
      latest().say({ type: 'ready', connection: '1' })
      latest().end()
      await clock.pass(wait * 1000 - 1)
      const before = opened.length
      await clock.pass(1)
      expect(opened).toHaveLength(before + 1)
    }
    latest().say({ type: 'ready', connection: '1' })
    await clock.pass(10_000)
    latest().end()
    const before = opened.length
    await clock.pass(1000)
    expect(opened).toHaveLength(before + 1)
  })

  test('is dead after 45 s of silence, and alive as long as the server beats', async () => {
    const { clock, opened, latest } = play()
    latest().say({ type: 'ready', connection: '1' })
    for (let beat = 0; beat < 5; beat++) {
      await clock.pass(SILENCE_TIMEOUT_MS - 1)
      latest().say({ type: 'heartbeat' })
    }
    expect(opened).toHaveLength(1)
    await clock.pass(SILENCE_TIMEOUT_MS + 1000)
    expect(opened[0]?.closed).toBe(true)
    expect(latest().rung).toBe('socket')
  })

  test('has the session checked when it is over, and connects again: it may have been renewed', async () => {
    const { clock, opened, latest, told } = play()
    latest().say({ type: 'ready', connection: '1' })
    latest().end(4401)
    expect(told).toEqual(['missed', 'live', 'connecting', 'signed out'])
    expect(opened).toHaveLength(1)
    await clock.pass(1000)
    expect(latest().rung).toBe('socket')
    latest().say({ type: 'ready', connection: '1' })
    expect(told.slice(4)).toEqual(['missed', 'live'])
  })

  test('does not try the event stream with a session that is over', () => {
    const { opened, latest } = play()
    latest().end(4401)
    expect(opened).toHaveLength(1)
  })

  test('asks for a catch-up every 60 s, connected or not', async () => {
    const { clock, told } = play({ rungs: [] })
    await clock.pass(3 * SWEEP_INTERVAL_MS)
    expect(told.filter((what) => what === 'missed')).toHaveLength(3)
  })

  test('closes and sweeps no more when it is stopped', async () => {
    const { live, clock, told, latest } = play()
    latest().say({ type: 'ready', connection: '1' })
    live.stop()
    await clock.pass(10 * SWEEP_INTERVAL_MS)
    expect(latest().closed).toBe(true)
    expect(told).toEqual(['missed', 'live'])
  })
})

describe('On the event stream, it', () => {
  async function onStream() {
    const played = play()
    played.latest().end()
    played.latest().say({ type: 'ready', connection: '1' })
    await beat(played, UPGRADE_INTERVAL_MS - 1)
    expect(played.opened).toHaveLength(2)
    await beat(played, 1)
    return played
  }
  /** Lets `ms` pass on a connection that is alive. */
  async function beat({ clock, opened }: ReturnType<typeof play>, ms: number) {
    for (let left = ms; left > 0; left -= SILENCE_TIMEOUT_MS / 2) {
      await clock.pass(Math.min(left, SILENCE_TIMEOUT_MS / 2))
      for (const { rung, closed, say } of opened) if (rung === 'stream' && !closed) say({ type: 'heartbeat' })
    }
  }

  test('tries the WebSocket again after five minutes, and changes over when that is ready', async () => {
    const { opened, latest, told, live } = await onStream()
    expect(opened.map(({ rung, closed }) => [rung, closed])).toEqual([
      ['socket', true],
      ['stream', false],
      ['socket', false],
    ])
    opened[1]?.say(message)
    expect(told.at(-1)).toBe('message')
    latest().say(message)
    latest().say({ type: 'ready', connection: '1' })
    expect(opened.map(({ closed }) => closed)).toEqual([true, true, false])
    opened[1]?.say(message)
    latest().say(message)
    expect(told.filter((what) => what !== 'heartbeat')).toEqual([
      ...['missed', 'live', 'missed', 'missed', 'missed', 'missed', 'missed', 'message', 'missed', 'message'],
    ])
    expect(live.status).toBe('live')
    latest().end()
    expect(told.at(-1)).toBe('connecting')
  })

  test('stays there when the WebSocket is still blocked, and tries again five minutes later', async () => {
    const played = await onStream()
    const { opened, latest, told, live } = played
    latest().end()
    expect(live.status).toBe('live')
    expect(told).not.toContain('connecting')
    await beat(played, UPGRADE_INTERVAL_MS - 1)
    expect(opened).toHaveLength(3)
    await beat(played, 1)
    expect(opened).toHaveLength(4)
    await beat(played, READY_TIMEOUT_MS)
    expect(opened.map(({ closed }) => closed)).toEqual([true, false, true, true])
  })

  test('has one connection again when the stream ends meanwhile, or it is stopped', async () => {
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

  test('climbs no more from a WebSocket', async () => {
    const { latest, opened, clock } = await onStream()
    latest().say({ type: 'ready', connection: '1' })
    for (let n = 0; n < 20; n++) {
      await clock.pass(SILENCE_TIMEOUT_MS - 1)
      latest().say({ type: 'heartbeat' })
    }
    expect(opened).toHaveLength(3)
  })
})

describe('When the page is shown again or the network is back, it', () => {
  test('keeps a connection that was heard of lately', () => {
    const { live, opened, told, latest } = play()
    latest().say({ type: 'ready', connection: '1' })
    live.wake()
    expect(opened).toHaveLength(1)
    expect(told).toEqual(['missed', 'live'])
  })

  test('connects at once instead of waiting for the back-off', async () => {
    const { live, clock, opened, latest } = play()
    latest().end()
    latest().end()
    live.wake()
    expect(opened).toHaveLength(3)
    await clock.pass(1000)
    expect(opened).toHaveLength(3)
  })

  test('lets an attempt go on that is under way', () => {
    const { live, opened } = play()
    live.wake()
    expect(opened).toHaveLength(1)
  })

  test('replaces a connection that has been silent for longer than a beat', async () => {
    const { live, clock, opened, latest } = play()
    latest().say({ type: 'ready', connection: '1' })
    await clock.pass(SILENCE_TIMEOUT_MS / 2 + 1)
    live.wake()
    expect(opened.map(({ closed }) => closed)).toEqual([true, false])
    expect(live.status).toBe('connecting')
  })

  test('replaces the connection after the browser was offline, unless that was proved wrong', () => {
    const { live, opened, latest } = play()
    latest().say({ type: 'ready', connection: '1' })
    live.offline()
    expect(live.status).toBe('offline')
    latest().say({ type: 'heartbeat' })
    expect(live.status).toBe('live')
    live.offline()
    live.wake()
    expect(opened).toHaveLength(2)
  })
})

test('Back-off is anything between nothing and a bound that doubles up to 30 s', () => {
  for (let attempt = 0; attempt < 20; attempt++) {
    expect(backoff(attempt, () => 0)).toBe(0)
    expect(backoff(attempt, () => 1)).toBe(Math.min(MAX_BACKOFF_MS, 1000 * 2 ** attempt))
  }
})
