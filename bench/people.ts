import { encodeCursor } from '../src/http/paging.ts'
import { type Backend, backends } from '../test/support/chat.ts'
import { addCrowd } from '../test/support/crowd.ts'
import { paths, withQuery } from '../web/paths.ts'
import { addCallers, filledEnvironment, serve } from './environment.ts'
import { readInTurn } from './reads.ts'
import type { Row } from './table.ts'

/** Measures the list of people and its search, with few and with many users. */
export async function people({ quick }: { quick: boolean }): Promise<Row[]> {
  const crowds = quick ? [200] : [100, 100_000]
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
          what: `${backend.name}, ${kind} ${size.toLocaleString('en')} people, p50`,
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
  'the first page of': () => list({}),
  'a middle page of': (cursor) => list({ cursor }),
  'search for one word among': () => list({ search: 'ra7' }),
  'search for two common words among': () => list({ search: 'common person' }),
  'search for a common and a rare word among': () => list({ search: 'common ra7' }),
}

async function openStage(backend: Backend, size: number) {
  const environment = await filledEnvironment(backend, async (deps) => {
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
  const { origin, stop } = await serve('app', environment.env)
  return {
    ...{ origin, me: environment.filled, middle: encodeCursor([usernameOf(size >> 1), 1]) },
    async close() {
      await stop()
      await environment.remove()
    },
  }
}

function usernameOf(n: number): string {
  return `person${String(n).padStart(6, '0')}`
}
