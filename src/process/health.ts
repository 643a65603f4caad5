import { Elysia, t } from 'elysia'
import { paths } from '../../web/paths.ts'
import { checkWritable } from '../database/orm.ts'
import type { Hub } from '../live/hub.ts'
import type { Deps } from './deps.ts'
import { reasonOf } from './reason.ts'
import { withTimeout } from './timeout.ts'

/** Milliseconds after which a dependency without a response is down. */
const CHECK_TIMEOUT_MS = 2000

const Up = t.Object({ status: t.Literal('up') }, { title: 'Liveness', description: 'The process responds.' })
const Readiness = t.Object(
  {
    status: t.UnionEnum(['up', 'down']),
    down: t.Array(t.String({ examples: ['database'] }), { description: 'The unavailable dependencies.' }),
  },
  {
    title: 'Readiness',
    description: 'Whether the process can store messages, and which dependencies are unavailable.',
  },
)

/** Milliseconds between checks. Requests in between get the last result: they have no rate limit. */
const CHECK_INTERVAL_MS = 100

/** Liveness and readiness of this process. */
export function healthRoutes({ orm, bus, log }: Deps, hub: Pick<Hub, 'closed'>) {
  const dependencies = { database: () => checkWritable(orm), bus: () => bus.ping() }
  let check = { endedAt: Number.NEGATIVE_INFINITY, down: Promise.resolve<string[]>([]) }
  return new Elysia()
    .get(paths.live, () => ({ status: 'up' as const }), {
      response: { 200: Up },
      detail: {
        operationId: 'isLive',
        tags: ['Health'],
        summary: 'Check liveness',
        description: 'For supervisors. Restart the process when there is no response.',
        security: [],
      },
    })
    .get(
      paths.ready,
      async ({ status }) => {
        // While stopping, load balancers must send no more requests, also over open connections.
        const down = hub.closed ? ['process'] : await findDown()
        return down.length
          ? status(503, { status: 'down' as const, down })
          : { status: 'up' as const, down: [] }
      },
      {
        response: { 200: Readiness, 503: Readiness },
        detail: {
          operationId: 'isReady',
          tags: ['Health'],
          summary: 'Check readiness',
          description:
            'For load balancers. 503 lists the dependencies that do not respond within two seconds, or take no writes.',
          security: [],
          responses: {
            200: { description: 'Ready.' },
            503: { description: 'Not ready; `down` lists the unavailable dependencies.' },
          },
        },
      },
    )

  /** The dependencies that are down, by a check that runs, or ended a moment ago, or begins now. */
  function findDown(): Promise<string[]> {
    if (performance.now() - check.endedAt >= CHECK_INTERVAL_MS) {
      const names = Object.entries(dependencies).map(([name, ping]) => nameIfDown(name, ping))
      const begun = {
        endedAt: Number.POSITIVE_INFINITY,
        down: Promise.all(names).then((found) => {
          begun.endedAt = performance.now()
          return found.filter((name) => name !== null)
        }),
      }
      check = begun
    }
    return check.down
  }

  async function nameIfDown(name: string, check: () => Promise<unknown>): Promise<string | null> {
    try {
      await withTimeout(CHECK_TIMEOUT_MS, check())
      return null
    } catch (error) {
      log.warn({ down: name, reason: reasonOf(error) }, 'not ready')
      return name
    }
  }
}
