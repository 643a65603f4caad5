import { backends } from '../test/support/chat.ts'
import { paths } from '../web/paths.ts'
import { newGround, serve } from './ground.ts'
import type { Row } from './table.ts'

/** From the start of the process to its first answer, dependencies and pages in place, on nothing: the tables are made. */
export async function start({ quick }: { quick: boolean }): Promise<Row[]> {
  const rows = backends.map(({ name }, at): Row => {
    const what = `${name}: start to first answer`
    return { what, unit: 's', app: [], ...(at === 0 && { budget: { atMost: 0.5 } }) }
  })
  // Bun compiles at the first.
  for (let round = -1; round < (quick ? 1 : 9); round++) {
    for (const [at, backend] of backends.entries()) {
      const ground = await newGround(backend)
      const startedAt = performance.now()
      const { origin, stop } = await serve('app', ground.env)
      await (await fetch(origin + paths.signIn)).text()
      if (round >= 0) rows[at]!.app.push((performance.now() - startedAt) / 1000)
      await stop()
      await ground.remove()
    }
  }
  return rows
}
