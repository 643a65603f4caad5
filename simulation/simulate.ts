import fc from 'fast-check'
import type { Environment } from './environment.ts'
import { laggingSteps, runStep, type Step, steps } from './steps.ts'
import { type Parts, World } from './world.ts'

/** The worlds of the default test run. The planted bugs (bugs.ts) must each be detected in these very worlds. */
export const DEFAULT_SEED = 7
export const DEFAULT_RUNS = { lossy: 150, lossless: 200, lagging: 60 }

export type Options = {
  /** No event is lost silently, and pages have no sweep. */
  lossless?: boolean
  /** Database nodes lag, nothing else fails, and pages have no sweep. */
  lagging?: boolean
  runs: number
  seed?: number
  /** Runs only the failure found at this path before. */
  path?: string
  /** Searches for the shortest sequence of steps with the same failure. Slow. */
  shrink?: boolean
  /** Injects a bug. */
  parts?: Partial<Parts>
}

/** The violations of one world, and how to reproduce them. */
export type Failure = { seed: number; path: string; runs: number; faults: string[]; log: string[] }

/** Runs `runs` worlds. Returns the first failure, or null. */
export async function simulate(environment: Environment, options: Options): Promise<Failure | null> {
  const { lagging = false, lossless = lagging, runs, seed, path, shrink = false, parts = {} } = options
  const run = (seed: number, some: Step[]) =>
    runWorld(new World(environment, { seed, lossless, parts }), some)
  const property = fc.asyncProperty(
    fc.noShrink(fc.nat()),
    lagging ? laggingSteps : steps(lossless),
    async (seed, some) => {
      const { faults } = await run(seed, some)
      if (faults.length > 0) throw new Error(faults.join('\n'))
    },
  )
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

/** Runs one world from start to end. Returns its violations and its log. */
export async function runWorld(world: World, some: Step[]): Promise<{ faults: string[]; log: string[] }> {
  await world.start()
  try {
    for (const step of some) await runStep(world, step)
    return { faults: await world.recover(), log: world.log }
  } finally {
    await world.end()
  }
}
