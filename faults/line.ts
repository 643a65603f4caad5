import { connect, createServer, type Socket } from 'node:net'
import { freePort } from '../scripts/servers.ts'

/** A TCP relay between two parts of the system, which can fail as networks do. */
export type Line = {
  port: number
  /** Nothing passes either way, on old connections and on new ones, until `thaw`; then everything does. */
  freeze(): void
  thaw(): void
  /** What the connections of this moment say is swallowed from now on, for ever, and neither end is told. New ones work. */
  drop(): void
  /** Lets half of the next answer on each connection through and ends it, until `mend`. */
  cut(): void
  mend(): void
  /** Until `mend`, this is the fate of each request that matches, and of its connection. The answer counts how many. */
  lose(request: RegExp, fate: Fate): () => number
  /** Ends all connections at once. */
  reset(): void
  /** For a line to Redis: ends every subscription, and who subscribed learns nothing of it. */
  unsubscribe(): Promise<void>
  close(): void
}

/**
 * The connection ends before the request arrives, or instead of its answer; or it is half-open from then on, and the request
 * has not arrived.
 */
export type Fate = 'cut before' | 'cut after' | 'swallowed'

/** One connection: `near` has called, `far` is who was called. */
type Pair = {
  near: Socket
  far: Socket
  dead: boolean
  subscribes: boolean
  /** Its next answer does not come through. */
  lost: boolean
  /** While the near end is not to hear what is answered: called with it. */
  hide: ((answer: string) => void) | null
}

/** Opens a line to a port of 127.0.0.1. */
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
      dead: false,
      subscribes: false,
      lost: false,
      hide: null,
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
        if (!pair.dead) pass(pair, { on, bytes })
      })
      from.on('close', () => {
        // On a dead connection neither end learns that the other has gone; ours ends with the run.
        if (pair.dead) return
        pairs.delete(pair)
        on.destroy()
      })
    }
  }

  function pass(pair: Pair, { on, bytes }: { on: Socket; bytes: Buffer }): void {
    if (on === pair.far) {
      if (losing?.request.test(bytes.toString('latin1'))) {
        losing.count++
        pair.lost = true
        pair.dead = losing.fate === 'swallowed'
        if (losing.fate === 'cut before') end(pair)
        if (losing.fate !== 'cut after') return
      }
      pair.subscribes ||= /\nsubscribe\r/i.test(bytes.toString('latin1'))
    } else if (pair.hide) {
      pair.hide(bytes.toString('latin1'))
      return
    } else if (pair.lost) {
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
      for (const pair of pairs) pair.dead = true
    },
    cut() {
      cutting = true
    },
    mend() {
      cutting = false
      losing = null
    },
    lose(request, fate) {
      const these = { request, fate, count: 0 }
      losing = these
      return () => these.count
    },
    reset() {
      for (const pair of pairs) end(pair)
    },
    async unsubscribe() {
      const subscribers = [...pairs].filter(({ dead, subscribes }) => subscribes && !dead)
      if (subscribers.length === 0) throw new Error('Nobody on this line has subscribed to anything.')
      await Promise.all(subscribers.map(unsubscribeBehind))
    },
    close() {
      server.close()
      for (const pair of pairs) end(pair)
    },
  }
}

/** The last of the answers, one a channel, counts no subscription any more. */
async function unsubscribeBehind(pair: Pair): Promise<void> {
  await new Promise<void>((resolve) => {
    pair.hide = (answer) => answer.endsWith(':0\r\n') && resolve()
    pair.far.write('UNSUBSCRIBE\r\n')
  })
  pair.hide = null
}
