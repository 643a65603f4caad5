import { setTimeout as sleep } from 'node:timers/promises'
import type { Clock } from '../web/sync/clock.ts'
import type { Kind } from './kinds.ts'
import { keyOf, type Violation } from './ledger.ts'
import { openPeople } from './people.ts'
import { type DatabaseKind, type RedisKind, startSystem } from './system.ts'
import type { Outcome } from './table.ts'

export type Rules = {
  database: DatabaseKind
  /** Milliseconds for which a fault lasts, where it can be chosen. */
  pause: number
  /** Milliseconds of traffic before a fault. */
  lead: number
  /** Milliseconds within which the system must recover. */
  recovery: number
  clock: Clock
  random: () => number
  redis: RedisKind
}

/** A system and its users. */
export type World = {
  /** Injects the fault under traffic, waits for recovery and checks the promises. */
  inject(kind: Kind): Promise<Outcome>
  end(): Promise<void>
}

export async function startWorld({
  database,
  pause,
  lead,
  recovery,
  clock,
  random,
  redis,
}: Rules): Promise<World> {
  const system = await startSystem({ database, redis })
  const people = await openPeople(system, { clock, random }).catch(async (error) => {
    await system.stop()
    throw error
  })
  // Creates the conversations before the first fault, so that only messages can be lost.
  await people.recover(recovery)
  const known = new Set<string>()

  /** A violation persists, so only the fault that caused it counts it. */
  function isNew(violation: Violation): boolean {
    const before = known.size
    return known.add(keyOf(violation)).size > before
  }

  return {
    async inject(kind) {
      const before = people.ledger.acknowledged
      const outcome = (recovery: number | null, violations: Violation[]): Outcome => {
        const acknowledged = people.ledger.acknowledged - before
        return { kind: kind.name, acknowledged, recovery, violations }
      }
      const stopTraffic = people.exchange()
      try {
        await sleep(lead)
        people.failures.length = 0
        await within(recovery, kind.happen(system, { pause, random }))
        const endedAt = performance.now()
        stopTraffic()
        const refused = kind.unnoticed ? [...people.failures] : []
        await people.recover(recovery)
        const took = performance.now() - endedAt
        const found = (await people.check()).filter(isNew)
        return outcome(took, [...refused.map((what) => ({ rule: 'refused' as const, what })), ...found])
      } catch (error) {
        stopTraffic()
        // Also report violations found so far; if the check itself fails, "stuck" covers it.
        const found = await people.check().catch(() => [])
        return outcome(null, [{ rule: 'stuck', what: (error as Error).message }, ...found.filter(isNew)])
      }
    },
    async end() {
      people.close()
      await system.stop()
    },
  }
}

/** Rejects if the fault does not end in time, so that it cannot block the others. */
function within(ms: number, fault: Promise<void>): Promise<void> {
  const late = sleep(ms, undefined, { ref: false }).then(() => {
    throw new Error('the fault did not end')
  })
  return Promise.race([fault, late])
}
