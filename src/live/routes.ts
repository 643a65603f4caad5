import { Elysia, t } from 'elysia'
import { paths } from '../../web/paths.ts'
import { auth } from '../accounts/auth.ts'
import type { Deps } from '../deps.ts'
import { AppError, BadRequest } from '../errors.ts'
import { problems } from '../schema.ts'
import { peerOf } from '../security.ts'
import type { Hub } from './hub.ts'
import { eventStream } from './sse.ts'

/** The live connection: a WebSocket when asked to upgrade, else server-sent events. */
export function liveRoutes(deps: Deps, hub: Hub) {
  return new Elysia().use(auth(deps)).get(
    paths.api.events,
    ({ me, request }) => {
      hub.admit(me.id)
      if (request.headers.get('upgrade')?.toLowerCase() !== 'websocket') {
        return eventStream(hub, me.session, request.signal)
      }
      const { upgrade } = peerOf(request)
      if (!upgrade) throw new AppError(501, 'This server has no WebSockets; ask for text/event-stream.')
      if (!upgrade(me.session)) throw new BadRequest('This is not a WebSocket handshake.')
      // The runtime has answered already; what stands here is not sent.
      return new Response(null)
    },
    {
      auth: true,
      response: {
        200: t.String({ description: 'A stream of events, one JSON object each.' }),
        ...problems(400, 403, 429, 501),
      },
      detail: {
        operationId: 'openEvents',
        tags: ['Live'],
        summary: 'Open a live connection',
        description: 'TODO',
      },
    },
  )
}
