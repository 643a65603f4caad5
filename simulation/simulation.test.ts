import { afterAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import fc from 'fast-check'
import { mysql, sqlite } from '../test/support/chat.ts'
import { type Environment, openEnvironment } from './environment.ts'
import { DEFAULT_RUNS, DEFAULT_SEED, type Failure, type Options, runWorld, simulate } from './simulate.ts'
import { steps } from './steps.ts'
import { World } from './world.ts'

const { SIMULATION_RUNS, SIMULATION_PATH } = process.env
const given = Number(SIMULATION_RUNS)
const runs = SIMULATION_RUNS
  ? { lossy: given * 0.6, lossless: given * 0.3, lagging: given * 0.1 }
  : DEFAULT_RUNS
// The default run repeats the same worlds, so a failure comes from the change under test. Longer runs explore new worlds.
const { SIMULATION_SEED = SIMULATION_RUNS ? undefined : `${DEFAULT_SEED}` } = process.env
setDefaultTimeout(180_000 + runs.lossy * 1500)

/** The seed and path of a failed run to repeat. */
const replay = {
  ...(SIMULATION_SEED !== undefined && { seed: Number(SIMULATION_SEED) }),
  ...(SIMULATION_PATH !== undefined && { path: SIMULATION_PATH }),
}

describe('under faults of processes, bus, browsers and networks,', async () => {
  const environment = await openEnvironment(sqlite)
  afterAll(() => environment.close())

  test('no acknowledged message is lost, duplicated, reordered or leaked, and every page converges to a fresh load', async () => {
    failOn(await onTwoCores(environment, { runs: runs.lossy }), 'no acknowledged')
  })

  test('no sweep is needed unless an event is lost silently', async () => {
    failOn(await onTwoCores(environment, { runs: runs.lossless, lossless: true }), 'no sweep')
  })

  test('a page reads again until it has the version of an event when database nodes lag', async () => {
    failOn(await onTwoCores(environment, { runs: runs.lagging, lagging: true }), 'a page reads again')
  })

  test('runs with the same seed are identical', async () => {
    const cases = fc.sample(fc.tuple(fc.nat(), steps(false)), { numRuns: 30, seed: 1 })
    for (const [seed, some] of cases) {
      const [one, other] = [new World(environment, { seed }), new World(environment, { seed })]
      await runWorld(one, some)
      await runWorld(other, some)
      expect(one.log.length).toBeGreaterThan(some.length)
      expect(other.log).toEqual(one.log)
    }
  })
})

test('the simulation keeps the same promises on MySQL', async () => {
  const environment = await openEnvironment(mysql)
  failOn(await simulate(environment, { runs: 30, shrink: true, ...replay }), 'on MySQL')
  await environment.close()
})

/** Runs half of the worlds here and half in a child process. Those of a given seed only run here. */
async function onTwoCores(environment: Environment, options: Options): Promise<Failure | null> {
  const all = { ...options, shrink: true, ...replay }
  if (replay.seed !== undefined) return simulate(environment, all)
  const half = { ...all, runs: Math.ceil(all.runs / 2) }
  const [here, there] = await Promise.all([simulate(environment, half), inChildProcess(half)])
  return here ?? there
}

async function inChildProcess(options: Options): Promise<Failure | null> {
  const main = Bun.fileURLToPath(new URL('main.ts', import.meta.url))
  return JSON.parse(await Bun.$`${process.execPath} ${main} ${JSON.stringify(options)}`.text())
}

/** Throws an error with the violations, the log and the command that reproduces them. */
function failOn(failure: Failure | null, name: string): void {
  if (!failure) return
  const { seed, path, faults, log } = failure
  const command = `SIMULATION_SEED=${seed} SIMULATION_PATH=${path} bun test simulation/simulation -t '${name}'`
  throw new Error([...faults, '', ...log, '', `Repeat: ${command}`].join('\n'))
}
