import { afterAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { sqlite } from '../test/support/chat.ts'
import { bugs } from './bugs.ts'
import { openEnvironment } from './environment.ts'
import { DEFAULT_RUNS, DEFAULT_SEED, simulate } from './simulate.ts'

setDefaultTimeout(180_000)

describe('the simulation detects that', async () => {
  const shared = await openEnvironment(sqlite)
  afterAll(() => shared.close())

  test.each(bugs)(
    '$name',
    async ({ name, report, world, lossless = false, lagging = false, parts = {}, deps, sql }) => {
      const environment = deps || sql ? await openEnvironment(sqlite, deps) : shared
      if (sql) await environment.deps.orm.em.getConnection().execute(sql)
      const runs = DEFAULT_RUNS[lagging ? 'lagging' : lossless ? 'lossless' : 'lossy']
      const options = { seed: DEFAULT_SEED, lossless: lossless || lagging, lagging, parts }
      expect(world).toBeLessThan(runs)
      let failure = await simulate(environment, { ...options, runs: 1, path: `${world}` })
      if (!failure) {
        // A change of the steps or of the page changes the worlds, so another one may detect the bug now.
        failure = await simulate(environment, { ...options, runs })
        if (failure) console.log(`World ${failure.runs - 1} now detects "${name}": update it in bugs.ts.`)
      }
      if (environment !== shared) await environment.close()
      expect(failure?.faults.join('\n')).toMatch(report)
    },
  )
})
