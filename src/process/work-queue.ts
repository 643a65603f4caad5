import { Unavailable } from '../http/errors.ts'
import { currentClient, currentRequest } from '../http/request-context.ts'

/** `member`: work for signed-in users and known devices, which does not wait behind the work for strangers. */
export type Lane = 'member' | 'stranger'

/** The turns of members in a row while strangers wait, so that neither lane stops the other. */
const MEMBER_TURNS = 4

/**
 * Limits expensive work of a process: how much runs at once, and how much waits. A full lane refuses at once, and waiting work
 * is dropped when its client closes the connection. Running work keeps its place until it ends, also without its client.
 */
export class WorkQueue {
  readonly #waiting: Record<Lane, Set<() => void>> = { member: new Set(), stranger: new Set() }
  #running = 0
  #memberTurns = 0

  /**
   * @param limits.concurrency work that runs at once
   * @param limits.capacity work that waits in each lane
   * @param limits.retryAfter seconds until a refused client may try again
   */
  constructor(readonly limits: { name: string; concurrency: number; capacity: number; retryAfter: number }) {}

  /**
   * Runs the work in its turn.
   * @param options.lane by default that of the current request; work outside of requests is for members
   * @param options.signal by default that of the client of the current request
   * @throws Unavailable when the lane is full, or when the client left before its turn
   */
  async run<T>(
    work: (signal: AbortSignal | null) => Promise<T>,
    {
      lane = currentLane(),
      signal = currentClient().signal,
    }: { lane?: Lane; signal?: AbortSignal | null } = {},
  ): Promise<T> {
    await this.#turn(lane, signal)
    try {
      return await work(signal)
    } finally {
      this.#running--
      this.#next()
    }
  }

  /** Lets a caller refuse before it does other work. @throws Unavailable when the lane is full */
  checkRoom(lane: Lane): void {
    const { name, capacity, retryAfter } = this.limits
    if (this.#waiting[lane].size >= capacity)
      throw new Unavailable(`Too many requests wait for ${name}.`, retryAfter)
  }

  async #turn(lane: Lane, signal: AbortSignal | null): Promise<void> {
    if (signal?.aborted) throw new ClientGone()
    if (this.#running < this.limits.concurrency) {
      this.#running++
      return
    }
    this.checkRoom(lane)
    const waiting = this.#waiting[lane]
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const start = () => {
      signal?.removeEventListener('abort', leave)
      resolve()
    }
    const leave = () => {
      waiting.delete(start)
      reject(new ClientGone())
    }
    waiting.add(start)
    signal?.addEventListener('abort', leave, { once: true })
    await promise
  }

  #next(): void {
    const { member, stranger } = this.#waiting
    const isMember = member.size > 0 && (stranger.size === 0 || this.#memberTurns < MEMBER_TURNS)
    const waiting = isMember ? member : stranger
    const [start] = waiting
    if (!start) return
    this.#memberTurns = isMember ? this.#memberTurns + 1 : 0
    waiting.delete(start)
    this.#running++
    start()
  }
}

function currentLane(): Lane {
  const request = currentRequest()
  return request && !request.caller ? 'stranger' : 'member'
}

/** The client closed the connection before its work began. Nobody reads this response. */
export class ClientGone extends Unavailable {
  constructor() {
    super('The client closed the connection.')
  }
}
