import { connect, createServer, type Socket } from 'node:net'
import { freePort } from '../scripts/servers.ts'

/** A TCP relay between two parts of the system, with injectable network failures. */
export type Line = {
  port: number
  /** Holds all data in both directions until `thaw`, on existing and new connections. */
  freeze(): void
  thaw(): void
  /** Makes all current connections half-open for good: their data is dropped silently. New connections work. */
  drop(): void
  /** Until `mend`, forwards half of the next response on each connection and then closes it. */
  cut(): void
  mend(): void
  /** Until `mend`, applies `fate` to each matching request and its connection. Returns a function that counts them. */
  lose(request: RegExp, fate: Fate): () => number
  /** Closes all connections at once. */
  reset(): void
  /** For a connection to Redis: ends every subscription without the subscriber noticing. */
  unsubscribe(): Promise<void>
  close(): void
}

/**
 * `cut before`: the connection closes before the request arrives. `cut after`: it closes instead of the response.
 * `swallowed`: the request does not arrive, and the connection stays half-open.
 */
export type Fate = 'cut before' | 'cut after' | 'swallowed'

/** One relayed connection: `near` is the client side, `far` the server side. */
type Pair = {
  near: Socket
  far: Socket
  isHalfOpen: boolean
  subscribes: boolean
  /** Close the connection instead of forwarding the next response. */
  losesResponse: boolean
  /** If set, receives the responses instead of the near end. */
  intercept: ((response: string) => void) | null
}

/** Opens a relay to a port of 127.0.0.1. */
export async function openLine(to: number): Promise<Line> {
  const port = await freePort()
  const pairs = new Set<Pair>()
  let frozen = false
  let cutting = false
  let losing: { request: RegExp; fate: Fate; count: number } | null = null

  const server = createServer({ allowHalfOpen: false }, (near) => {
    const pair = {
      near,
      far: connect(to, '127.0.0.1'),
      isHalfOpen: false,
      subscribes: false,
      losesResponse: false,
      intercept: null,
    }
    pairs.add(pair)
    join(pair)
    if (frozen) hold(pair)
  })
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))

  function join(pair: Pair): void {
    const { near, far } = pair
    for (const [from, on] of [
      [near, far],
      [far, near],
    ] as const) {
      from.setNoDelay(true)
      from.on('error', () => {})
      from.on('data', (bytes: Buffer) => {
        if (!pair.isHalfOpen) pass(pair, { on, bytes })
      })
      from.on('close', () => {
        // On a half-open connection, neither end sees the other close.
        if (pair.isHalfOpen) return
        pairs.delete(pair)
        on.destroy()
      })
    }
  }

  function pass(pair: Pair, { on, bytes }: { on: Socket; bytes: Buffer }): void {
    if (on === pair.far) {
      if (losing?.request.test(bytes.toString('latin1'))) {
        losing.count++
        pair.losesResponse = true
        pair.isHalfOpen = losing.fate === 'swallowed'
        if (losing.fate === 'cut before') end(pair)
        if (losing.fate !== 'cut after') return
      }
      pair.subscribes ||= /\nsubscribe\r/i.test(bytes.toString('latin1'))
    } else if (pair.intercept) {
      pair.intercept(bytes.toString('latin1'))
      return
    } else if (pair.losesResponse) {
      end(pair)
      return
    } else if (cutting) {
      on.end(bytes.subarray(0, bytes.length / 2))
      pair.far.destroy()
      return
    }
    on.write(bytes)
  }

  function end({ near, far }: Pair): void {
    near.destroy()
    far.destroy()
  }

  function hold({ near, far }: Pair): void {
    near.pause()
    far.pause()
  }

  return {
    port,
    freeze() {
      frozen = true
      for (const pair of pairs) hold(pair)
    },
    thaw() {
      frozen = false
      for (const { near, far } of pairs) {
        near.resume()
        far.resume()
      }
    },
    drop() {
      for (const pair of pairs) pair.isHalfOpen = true
    },
    cut() {
      cutting = true
    },
    mend() {
      cutting = false
      losing = null
    },
    lose(request, fate) {
      const lost = { request, fate, count: 0 }
      losing = lost
      return () => lost.count
    },
    reset() {
      for (const pair of pairs) end(pair)
    },
    async unsubscribe() {
      const subscribers = [...pairs].filter(({ isHalfOpen, subscribes }) => subscribes && !isHalfOpen)
      if (subscribers.length === 0) throw new Error('No connection has a subscription.')
      await Promise.all(subscribers.map(unsubscribeSilently))
    },
    close() {
      server.close()
      for (const pair of pairs) end(pair)
    },
  }
}

/** Unsubscribes in the client's name. The last response, one per channel, has a subscription count of 0. */
async function unsubscribeSilently(pair: Pair): Promise<void> {
  await new Promise<void>((resolve) => {
    pair.intercept = (response) => response.endsWith(':0\r\n') && resolve()
    pair.far.write('UNSUBSCRIBE\r\n')
  })
  pair.intercept = null
}
