import fc from 'fast-check'
import type { Lab } from './lab.ts'
import { type Step, steps, take } from './steps.ts'
import { type Parts, World } from './world.ts'

export type Options = {
  /** No event is lost without a word, and pages have no sweep. */
  lossless?: boolean
  runs: number
  seed?: number
  /** Of a failure that was found before: it alone is run. */
  path?: string
  /** Looks for the shortest way to the same failure; takes long. */
  shrink?: boolean
  /** Puts a bug in. */
  parts?: Partial<Parts>
}

/** What went wrong, and how to see it again. */
export type Failure = { seed: number; path: string; runs: number; faults: string[]; log: string[] }

/** Lets as many worlds go their way as told; answers what went wrong in the first that did. */
export async function simulate(lab: Lab, options: Options): Promise<Failure | null> {
  const { lossless = false, runs, seed, path, shrink = false, parts = {} } = options
  const run = (seed: number, some: Step[]) => runWorld(new World(lab, { seed, lossless, parts }), some)
  const property = fc.asyncProperty(fc.noShrink(fc.nat()), steps(lossless), async (seed, some) => {
    const { faults } = await run(seed, some)
    if (faults.length > 0) throw new Error(faults.join('\n'))
  })
  const result = await fc.check(property, {
    numRuns: runs,
    endOnFailure: !shrink,
    ...(seed !== undefined && { seed }),
    ...(path !== undefined && { path }),
  })
  if (!result.failed) return null
  const [worldSeed, some] = result.counterexample!
  const { faults, log } = await run(worldSeed, some)
  return { seed: result.seed, path: result.counterexamplePath!, runs: result.numRuns, faults, log }
}

/** One world from begin to end; answers what is wrong with it, and what happened. */
export async function runWorld(world: World, some: Step[]): Promise<{ faults: string[]; log: string[] }> {
  await world.begin()
  try {
    for (const step of some) await take(world, step)
    return { faults: await world.calm(), log: world.log }
  } finally {
    await world.end()
  }
}
