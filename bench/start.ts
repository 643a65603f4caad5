import { backends } from '../test/support/chat.ts'
import { paths } from '../web/paths.ts'
import { newEnvironment, serve } from './environment.ts'
import type { Row } from './table.ts'

/** Measures the time from process start to the first response, including migrations of an empty database. */
export async function start({ quick }: { quick: boolean }): Promise<Row[]> {
  const rows = backends.map(({ name }, at): Row => {
    const what = `${name}: start to first response`
    return { what, unit: 's', app: [], ...(at === 0 && { budget: { atMost: 0.5 } }) }
  })
  // The first round fills Bun's compile cache.
  for (let round = quick ? 0 : -1; round < (quick ? 1 : 9); round++) {
    for (const [at, backend] of backends.entries()) {
      const environment = await newEnvironment(backend)
      const startedAt = performance.now()
      const { origin, stop } = await serve('app', environment.env)
      await (await fetch(origin + paths.signIn)).text()
      if (round >= 0) rows[at]!.app.push((performance.now() - startedAt) / 1000)
      await stop()
      await environment.remove()
    }
  }
  return rows
}
