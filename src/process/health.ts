import { Elysia, t } from 'elysia'
import { paths } from '../../web/paths.ts'
import type { Hub } from '../live/hub.ts'
import type { Deps } from './deps.ts'

const Up = t.Object({ status: t.Literal('up') }, { title: 'Liveness', description: 'It lives.' })
const Readiness = t.Object(
  {
    status: t.UnionEnum(['up', 'down']),
    down: t.Array(t.String({ examples: ['database'] }), { description: 'What does not answer.' }),
  },
  { title: 'Readiness', description: 'Whether it can do its work, and what is missing if not.' },
)

/** Whether this process lives, and whether it can do its work. */
export function healthRoutes({ orm, bus, log }: Deps, hub: Pick<Hub, 'closed'>) {
  const checks = {
    // A balancer is to send nobody any more, also over a connection that it keeps.
    process: async () => {
      if (hub.closed) throw new Error('it is stopping')
    },
    database: () => orm.em.fork().execute('select 1'),
    bus: () => bus.ping(),
  }
  return new Elysia()
    .get(paths.live, () => ({ status: 'up' as const }), {
      response: { 200: Up },
      detail: {
        operationId: 'isLive',
        tags: ['Health'],
        summary: 'Does the process live?',
        description: 'For a supervisor: when it does not answer, start it anew.',
        security: [],
      },
    })
    .get(
      paths.ready,
      async ({ status }) => {
        const down = (
          await Promise.all(Object.entries(checks).map(([name, check]) => failed(name, check)))
        ).filter((name) => name !== null)
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
            'For load balancers. 503 lists the dependencies that do not respond within two seconds.',
          security: [],
          responses: {
            200: { description: 'Ready.' },
            503: { description: 'Not ready; `down` lists the unavailable dependencies.' },
          },
        },
      },
    )

  async function failed(name: string, check: () => Promise<unknown>): Promise<string | null> {
    try {
      await Promise.race([check(), overdue()])
      return null
    } catch (error) {
      log.warn({ down: name, reason: String(error) }, 'not ready')
      return name
    }
  }
}

/** Who asks for health wants an answer while something hangs. */
function overdue(): Promise<never> {
  return new Promise((_, reject) =>
    setTimeout(() => reject(new Error('no answer within 2 seconds')), 2000).unref?.(),
  )
}
