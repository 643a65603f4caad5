import { Elysia } from 'elysia'
import { paths } from '../../web/paths.ts'
import { auth } from '../accounts/sessions/auth.ts'
import { AppError, BadRequest } from '../http/errors.ts'
import { currentRequest, outsideRequest } from '../http/request-context.ts'
import { documentError, problems } from '../http/schema.ts'
import type { Deps } from '../process/deps.ts'
import { CLOSE, HEARTBEAT_MS, type Hub, MAX_CONNECTIONS_PER_USER, MAX_FRAMES } from './hub.ts'
import { eventStream, STREAM_HEADERS } from './sse.ts'

/** Live connections: a WebSocket for an upgrade request, otherwise server-sent events. */
export function liveRoutes(deps: Deps, hub: Hub) {
  return new Elysia().use(auth(deps)).get(
    paths.api.events,
    ({ me, request }) => {
      if (request.method === 'HEAD') return new Response(null, { headers: STREAM_HEADERS })
      hub.admit(me.id)
      if (request.headers.get('upgrade')?.toLowerCase() !== 'websocket') {
        return outsideRequest(() => eventStream(hub, me.session, request.signal))
      }
      const { upgrade } = currentRequest()!
      if (!upgrade) throw new AppError(501, 'This server does not support WebSockets; use text/event-stream.')
      if (!upgrade(me.session)) throw notAHandshake()
      // The runtime has already responded, so this is not sent.
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
          101: {
            description: 'The connection is now a WebSocket. Each text frame is an event.',
            content: { 'application/json': { schema: { $ref: '#/components/schemas/LiveEvent' } } },
          },
          200: {
            description: 'A stream of events. It ends with the session, or when the server stops.',
            content: {
              'text/event-stream': {
                schema: { type: 'string', description: 'Each `data:` is a `LiveEvent` as JSON.' },
                example: EXAMPLE,
              },
            },
          },
          400: documentError(notAHandshake()),
          429: {
            description: `At most ${MAX_CONNECTIONS_PER_USER} live connections per user to each process.`,
          },
          501: { description: 'This server does not support WebSockets; use text/event-stream.' },
        },
      },
    },
  )
}

const notAHandshake = () => new BadRequest('This is not a WebSocket handshake.', 'not_a_handshake')

const DESCRIPTION = `
An upgrade request opens a **WebSocket**; otherwise the response is **server-sent events** (\`text/event-stream\`).
Both carry the same events, one JSON object each: in one text frame of a WebSocket, or as \`data:\` with the type as \`event:\`.
An event is only a hint: it identifies what changed. Read the change with the API.

| event | when |
|---|---|
| \`{"type":"ready","connection":"c9f0…"}\` | First on every connection, and again whenever events may have been lost: request \`changes\` now. \`connection\` is the opaque ID of this connection. |
| \`{"type":"message","id":"17-42","with":"ada","seq":42,"version":45}\` | A message in your conversation with \`with\` is new or changed. Sent to both people, on all their connections. |
| \`{"type":"read","with":"ada","seq":42}\` | You have read up to \`seq\`, perhaps on another device. |
| \`{"type":"conversation","id":"17","with":"deleted-301","version":46}\` | The conversation \`id\` has a new version without a changed message: the person has deleted their account, and \`with\` is their new username. |
| \`{"type":"heartbeat"}\` | Every ${HEARTBEAT_MS / 1000} seconds. Reconnect if nothing arrives for the time of three heartbeats. |

**Ignore unknown types**: later versions may add some. The server ignores frames from clients.

A WebSocket is closed with ${CLOSE.signedOut} when its session has ended (sign in again), with ${CLOSE.goingAway} when the server
stops, with ${CLOSE.tooSlow} when you read too slowly (reconnect with increasing delays, and catch up), and with ${CLOSE.tooManyFrames}
when you send more than ${MAX_FRAMES} frames, pings and pongs a minute. A stream just ends.
A user may have ${MAX_CONNECTIONS_PER_USER} connections to each process of the server. Browsers send the cookie with both. Pages of other sites are refused.
`.trim()

const EXAMPLE = `: hello

event: ready
data: {"type":"ready","connection":"c9f0f895-fb98-4f0e-9d0f-0b9a5b0f6c1d"}

event: message
data: {"type":"message","id":"17-42","with":"ada","seq":42,"version":45}

`
