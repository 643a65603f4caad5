import { afterAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { sqlite } from '../test/support/chat.ts'
import { bugs } from './bugs.ts'
import { openLab } from './lab.ts'
import { DEFAULT_RUNS, DEFAULT_SEED, simulate } from './simulate.ts'

setDefaultTimeout(180_000)

describe('the simulation detects that', async () => {
  const shared = await openLab(sqlite)
  afterAll(() => shared.close())

  test.each(bugs)('$name', async ({ name, report, lossless = false, parts = {}, deps, sql }) => {
    const lab = deps || sql ? await openLab(sqlite, deps) : shared
    if (sql) await lab.deps.orm.em.getConnection().execute(sql)
    const runs = lossless ? DEFAULT_RUNS.lossless : DEFAULT_RUNS.lossy
    const failure = await simulate(lab, { runs, seed: DEFAULT_SEED, lossless, parts })
    if (process.env.SHOW) console.log(name, failure?.runs, failure?.faults.slice(0, 2))
    if (lab !== shared) await lab.close()
    expect(failure?.faults.join('\n')).toMatch(report)
  })
})
