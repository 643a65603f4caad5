import { Elysia } from 'elysia'
import { paths } from '../../web/paths.ts'
import { auth } from '../accounts/sessions/auth.ts'
import { AppError, BadRequest } from '../http/errors.ts'
import { currentRequest } from '../http/request-context.ts'
import { problems } from '../http/schema.ts'
import type { Deps } from '../process/deps.ts'
import { CLOSE, HEARTBEAT_MS, type Hub, MAX_CONNECTIONS_PER_USER } from './hub.ts'
import { eventStream, STREAM_HEADERS } from './sse.ts'

/** The live connection: a WebSocket when asked to upgrade, else server-sent events. */
export function liveRoutes(deps: Deps, hub: Hub) {
  return new Elysia().use(auth(deps)).get(
    paths.api.events,
    ({ me, request }) => {
      if (request.method === 'HEAD') return new Response(null, { headers: STREAM_HEADERS })
      hub.admit(me.id)
      if (request.headers.get('upgrade')?.toLowerCase() !== 'websocket') {
        return eventStream(hub, me.session, request.signal)
      }
      const { upgrade } = currentRequest()!
      if (!upgrade) throw new AppError(501, 'This server has no WebSockets; ask for text/event-stream.')
      if (!upgrade(me.session)) throw new BadRequest('This is not a WebSocket handshake.')
      // The runtime has answered already; what stands here is not sent.
      return new Response(null, { status: 101 })
    },
    {
      auth: true,
      response: problems(400, 403, 429, 501),
      detail: {
        operationId: 'openEvents',
        tags: ['Live'],
        summary: 'Open a live connection',
        description: DESCRIPTION,
        responses: {
          101: { description: 'From now on it is a WebSocket.' },
          200: {
            description: 'A stream of events that ends with the session, or when the server stops.',
            content: { 'text/event-stream': { schema: { type: 'string' }, example: EXAMPLE } },
          },
          400: { description: 'This is not a WebSocket handshake.' },
          429: { description: `At most ${MAX_CONNECTIONS_PER_USER} live connections a user.` },
          501: { description: 'This server has no WebSockets; ask for text/event-stream.' },
        },
      },
    },
  )
}

const DESCRIPTION = `
Asked to upgrade, it becomes a **WebSocket**; else it answers with **server-sent events** (\`text/event-stream\`).
Both carry the same events, one JSON object each: a WebSocket in one text frame, a stream as \`data:\` with the type as \`event:\`.
An event is a hint and never the only copy of anything: it names what changed, and the API tells it.

| event | when |
|---|---|
| \`{"type":"ready","connection":"c9f0…"}\` | First on every connection, and again whenever events may have been lost: read \`changes\` now. \`connection\` is the opaque ID of this connection. |
| \`{"type":"message","id":"17-42","with":"ada","seq":42,"version":45}\` | A message in your conversation with \`with\` is new or was changed; sent to both people, on all their connections. |
| \`{"type":"read","with":"ada","seq":42}\` | You have read up to \`seq\`, perhaps elsewhere. |
| \`{"type":"heartbeat"}\` | Every ${HEARTBEAT_MS / 1000} seconds. A client that receives nothing for three heartbeats connects again. |

**Ignore types that you do not know**: more will come. The server reads no frames of yours.

A WebSocket is closed with ${CLOSE.signedOut} when its session is over (sign in again), with ${CLOSE.goingAway} when the server
goes away and with ${CLOSE.tooSlow} when you read too slowly (connect again, a little later each time, and catch up). A stream just ends.
A user may have ${MAX_CONNECTIONS_PER_USER} connections. Browsers send the cookie with both, and a page of another site is refused.
`.trim()

const EXAMPLE = `: hello

event: ready
data: {"type":"ready","connection":"c9f0f895-fb98-4f0e-9d0f-0b9a5b0f6c1d"}

event: message
data: {"type":"message","id":"17-42","with":"ada","seq":42,"version":45}

`
