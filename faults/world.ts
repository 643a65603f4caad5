import { setTimeout as sleep } from 'node:timers/promises'
import type { Clock } from '../web/sync/clock.ts'
import type { Kind } from './kinds.ts'
import { keyOf, type Violation } from './ledger.ts'
import { openPeople } from './people.ts'
import { startSystem } from './system.ts'
import type { Outcome } from './table.ts'

export type Rules = {
  /** Milliseconds of a pause, of a server or of a line. */
  pause: number
  /** Milliseconds of talk before a fault. */
  lead: number
  /** Milliseconds after which all must be well again. */
  recovery: number
  clock: Clock
  random: () => number
}

/** A system and the people who talk through it. */
export type World = {
  /** Lets the fault happen while everybody talks, waits until all is well again, and looks at everything. */
  suffer(kind: Kind): Promise<Outcome>
  end(): Promise<void>
}

export async function startWorld({ pause, lead, recovery, clock, random }: Rules): Promise<World> {
  const system = await startSystem()
  const people = await openPeople(system, { clock, random }).catch(async (error) => {
    await system.stop()
    throw error
  })
  // Conversations begin before faults do: what is lost then is a message.
  await people.recover(recovery)
  const known = new Set<string>()

  /** What was lost once stays so: it counts for the fault that lost it. */
  function isNew(violation: Violation): boolean {
    const before = known.size
    return known.add(keyOf(violation)).size > before
  }

  return {
    async suffer(kind) {
      const before = people.ledger.acknowledged
      const outcome = (recovery: number | null, violations: Violation[]): Outcome => {
        const acknowledged = people.ledger.acknowledged - before
        return { kind: kind.name, acknowledged, recovery, violations }
      }
      const silence = people.talk()
      try {
        await sleep(lead)
        people.failures.length = 0
        await within(recovery, kind.happen(system, { pause, random }))
        const over = performance.now()
        silence()
        const refused = kind.unnoticed ? [...people.failures] : []
        await people.recover(recovery)
        const took = performance.now() - over
        const found = (await people.check()).filter(isNew)
        return outcome(took, [...refused.map((what) => ({ rule: 'refused' as const, what })), ...found])
      } catch (error) {
        silence()
        // What is lost is lost, whoever is late; what cannot be looked at now is late, too.
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

/** A fault that does not come to its end must not hold up the others. */
function within(ms: number, fault: Promise<void>): Promise<void> {
  const late = sleep(ms, undefined, { ref: false }).then(() => {
    throw new Error('the fault did not end')
  })
  return Promise.race([fault, late])
}
