import { afterAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import fc from 'fast-check'
import { mysql, sqlite } from '../test/support/chat.ts'
import { type Lab, openLab } from './lab.ts'
import { type Failure, type Options, runWorld, simulate } from './simulate.ts'
import { steps } from './steps.ts'
import { World } from './world.ts'

const { SIMULATION_RUNS, SIMULATION_PATH } = process.env
const runs = Number(SIMULATION_RUNS ?? 1000)
// The ordinary run has the same worlds each time: what fails there was changed by who meets it. Longer ones look for new worlds.
const { SIMULATION_SEED = SIMULATION_RUNS ? undefined : '1' } = process.env
setDefaultTimeout(180_000 + runs * 1000)

/** A run that failed before, to be repeated. */
const again = {
  ...(SIMULATION_SEED !== undefined && { seed: Number(SIMULATION_SEED) }),
  ...(SIMULATION_PATH !== undefined && { path: SIMULATION_PATH }),
}

describe('two processes, a bus, browsers and the ways between them, all of which fail', async () => {
  const lab = await openLab(sqlite)
  afterAll(() => lab.close())

  test('lose nothing acknowledged, double nothing, keep one order, tell nobody else, and each page ends as a fresh one', async () => {
    told(await onTwoCores(lab, { runs: runs * 0.7 }), 'lose nothing')
  })

  test('need no sweep as long as no event is lost without a word', async () => {
    told(await onTwoCores(lab, { runs: runs * 0.3, lossless: true }), 'need no sweep')
  })

  test('go the same way again under the same seed', async () => {
    const cases = fc.sample(fc.tuple(fc.nat(), steps(false)), { numRuns: 30, seed: 1 })
    for (const [seed, some] of cases) {
      const [one, other] = [new World(lab, { seed }), new World(lab, { seed })]
      await runWorld(one, some)
      await runWorld(other, some)
      expect(one.log.length).toBeGreaterThan(some.length)
      expect(other.log).toEqual(one.log)
    }
  })
})

test('on MySQL they keep the same promises', async () => {
  const lab = await openLab(mysql)
  told(await simulate(lab, { runs: 30, shrink: true, ...again }), 'on MySQL')
  await lab.close()
})

/** Half of the worlds here and half in a process beside this one; a run that is repeated only here. */
async function onTwoCores(lab: Lab, options: Options): Promise<Failure | null> {
  const all = { ...options, shrink: true, ...again }
  if (again.path !== undefined) return simulate(lab, all)
  const half = { ...all, runs: Math.ceil(all.runs / 2) }
  const [here, there] = await Promise.all([simulate(lab, half), elsewhere({ ...half, ...next(again) })])
  return here ?? there
}

const next = ({ seed }: { seed?: number }) => (seed === undefined ? {} : { seed: seed + 1 })

async function elsewhere(options: Options): Promise<Failure | null> {
  const main = Bun.fileURLToPath(new URL('main.ts', import.meta.url))
  return JSON.parse(await Bun.$`${process.execPath} ${main} ${JSON.stringify(options)}`.text())
}

/** Fails with the story, and with the command that tells it again. */
function told(failure: Failure | null, name: string): void {
  if (!failure) return
  const { seed, path, faults, log } = failure
  const command = `SIMULATION_SEED=${seed} SIMULATION_PATH=${path} bun test simulation/simulation -t '${name}'`
  throw new Error([...faults, '', ...log, '', `Again: ${command}`].join('\n'))
}
