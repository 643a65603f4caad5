import { encodeCursor } from '../src/http/paging.ts'
import { type Backend, backends } from '../test/support/chat.ts'
import { addCrowd } from '../test/support/crowd.ts'
import { paths, withQuery } from '../web/paths.ts'
import { addCallers, filledGround, serve } from './ground.ts'
import { readInTurn } from './reads.ts'
import type { Row } from './table.ts'

/** The list of people and its search, with few people and with many. */
export async function people({ quick }: { quick: boolean }): Promise<Row[]> {
  const crowds = quick ? [100, 200] : [100, 100_000]
  const rows: Row[] = []
  for (const backend of backends) {
    const stages = []
    for (const size of crowds) stages.push(await openStage(backend, size))
    for (const [kind, path] of Object.entries(LISTS)) {
      const times = await readInTurn(
        stages.map(({ origin, me, middle }) => ({ origin, me, path: () => path(middle) })),
        { quick },
      )
      for (const [at, size] of crowds.entries()) {
        rows.push({
          what: `${backend.name}, ${kind} of ${size.toLocaleString('en')} people, p50`,
          unit: 'ms',
          app: times[at]!,
        })
      }
    }
    for (const stage of stages) await stage.close()
  }
  return rows
}

const list = (query: Record<string, string>) => withQuery(paths.api.users, query)
const LISTS: Record<string, (middle: string) => string> = {
  'the first page': () => list({}),
  'a middle page': (cursor) => list({ cursor }),
  'who is found by a word': () => list({ search: 'ra7' }),
  'who is found by two words that all have': () => list({ search: 'common person' }),
  'who is found by a word that all have, and a rare one': () => list({ search: 'common ra7' }),
}

async function openStage(backend: Backend, size: number) {
  const ground = await filledGround(backend, async (deps) => {
    await addCrowd(
      deps,
      Array.from({ length: size }, (_, n) => ({
        username: usernameOf(n),
        displayName: `Common Ra${n % 1000} Name`,
      })),
    )
    const [me] = await addCallers(deps, ['reader'])
    return me!
  })
  const { origin, stop } = await serve('app', ground.env)
  return {
    ...{ origin, me: ground.filled, middle: encodeCursor([usernameOf(size >> 1), 1]) },
    async close() {
      await stop()
      await ground.remove()
    },
  }
}

function usernameOf(n: number): string {
  return `person${String(n).padStart(6, '0')}`
}
