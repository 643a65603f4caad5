import { Unavailable } from '../http/errors.ts'
import { currentClient } from '../http/request-context.ts'
import { type Charged, chargedKey } from './charged.ts'
import { networksOf } from './network-key.ts'

/** `member`: work for signed-in users and known devices, which does not wait behind the work for strangers. */
type Lane = 'member' | 'stranger'

/** The turns of members in a row while strangers wait, so that neither lane stops the other. */
const MEMBER_TURNS = 4

/** Work of one key that runs or waits. Many people may share a network. The process itself is trusted. */
const SHARE = { user: 3, account: 3, network: 10, process: Number.POSITIVE_INFINITY }

/** Work that waits for its turn. */
type Waiting = { key: string; start: () => void }

/**
 * Limits expensive work of a process: how much runs at once, and how much waits, in all and for one user or network. A full lane
 * refuses at once, and waiting work is dropped when its client closes the connection. Running work keeps its place until it ends,
 * also without its client. In each lane, the keys take turns, so that one with much work does not delay the others.
 */
export class WorkQueue {
  readonly #lanes: Record<Lane, FairLane> = { member: new FairLane(), stranger: new FairLane() }
  /** Running and waiting work by key. */
  readonly #counts = new Map<string, number>()
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
   * @param options.charged by default that of the current request; work outside of requests is for members
   * @param options.signal by default that of the client of the current request
   * @throws Unavailable when the lane or the share of the key is full, or when the client left before its turn
   */
  async run<T>(
    work: (signal: AbortSignal | null) => Promise<T>,
    {
      charged = chargedKey(),
      signal = currentClient().signal,
    }: { charged?: Charged; signal?: AbortSignal | null } = {},
  ): Promise<T> {
    if (signal?.aborted) throw new ClientGone()
    const { lane, key } = placeOf(charged)
    const isFree = this.#running < this.limits.concurrency
    this.checkRoom(charged, { isFree })
    this.#count(key, 1)
    try {
      if (isFree) this.#running++
      else await this.#turn(this.#lanes[lane], key, signal)
      try {
        return await work(signal)
      } finally {
        this.#running--
        this.#next()
      }
    } finally {
      this.#count(key, -1)
    }
  }

  /**
   * Lets a caller refuse before it does other work.
   * @param options.isFree the work would not wait
   * @throws Unavailable when the lane or the share of the key is full
   */
  checkRoom(charged = chargedKey(), { isFree = false } = {}): void {
    const { name, capacity, retryAfter } = this.limits
    const { lane, key } = placeOf(charged)
    const isFull = !isFree && this.#lanes[lane].size >= capacity
    if (isFull || (this.#counts.get(key) ?? 0) >= SHARE[charged.kind])
      throw new Unavailable(`Too many requests wait for ${name}.`, retryAfter)
  }

  /** Waits for the turn, which has then begun. */
  async #turn(lane: FairLane, key: string, signal: AbortSignal | null): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const waiting: Waiting = {
      key,
      start: () => {
        signal?.removeEventListener('abort', leave)
        resolve()
      },
    }
    const leave = () => {
      lane.remove(waiting)
      reject(new ClientGone())
    }
    lane.add(waiting)
    signal?.addEventListener('abort', leave, { once: true })
    await promise
  }

  #next(): void {
    const { member, stranger } = this.#lanes
    const isMember = member.size > 0 && (stranger.size === 0 || this.#memberTurns < MEMBER_TURNS)
    const waiting = (isMember ? member : stranger).next()
    if (!waiting) return
    this.#memberTurns = isMember ? this.#memberTurns + 1 : 0
    this.#running++
    waiting.start()
  }

  #count(key: string, change: number): void {
    const count = (this.#counts.get(key) ?? 0) + change
    if (count === 0) this.#counts.delete(key)
    else this.#counts.set(key, count)
  }
}

/** Waiting work, from which the keys take turns. */
class FairLane {
  /** In the order of the next turns. */
  readonly #byKey = new Map<string, Set<Waiting>>()
  size = 0

  add(waiting: Waiting): void {
    const { key } = waiting
    this.#byKey.set(key, (this.#byKey.get(key) ?? new Set()).add(waiting))
    this.size++
  }

  remove(waiting: Waiting): void {
    const { key } = waiting
    const same = this.#byKey.get(key)
    if (!same?.delete(waiting)) return
    if (same.size === 0) this.#byKey.delete(key)
    this.size--
  }

  /** Removes the oldest work of the key whose turn it is. That key is the last to have a turn again. */
  next(): Waiting | undefined {
    const [first] = this.#byKey
    if (!first) return undefined
    const [key, same] = first
    const [waiting] = same
    this.#byKey.delete(key)
    this.#byKey.set(key, same)
    this.remove(waiting!)
    return waiting
  }
}

/** A network with IPv6 is its /48: the share of a /64 would be no limit. */
function placeOf({ kind, key }: Charged): { lane: Lane; key: string } {
  if (kind !== 'network') return { lane: 'member', key }
  const { near, wide } = networksOf(key)
  return { lane: 'stranger', key: wide ?? near }
}

/** The client closed the connection before its work began. Nobody reads this response. */
export class ClientGone extends Unavailable {
  constructor() {
    super('The client closed the connection.')
  }
}
