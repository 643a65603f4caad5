import { Elysia, t } from 'elysia'
import { paths } from '../../web/paths.ts'
import { auth } from '../accounts/sessions/auth.ts'
import { Invalid } from '../http/errors.ts'
import { documentError, LOCATION, problems, UsernameParam } from '../http/schema.ts'
import type { Deps } from '../process/deps.ts'
import { listChanges } from './changes.ts'
import { BeforeAndAfter, ClientIdReused, Undeliverable } from './errors.ts'
import { getMessage, listMessages } from './history.ts'
import { BODY_LIMIT } from './limits.ts'
import { Changes, ClientId, Message, MessagePage } from './schema.ts'
import { sendMessage } from './send.ts'

const seq = (description: string) =>
  t.Optional(t.Integer({ minimum: 0, maximum: 4_294_967_295, description }))

const IdempotencyKey = t.Optional(
  t.String({
    pattern: '^(?:[A-Za-z0-9._:-]{1,64}|"[A-Za-z0-9._:-]{1,64}")$',
    description:
      'The same as `clientId`, for clients that send the header of the IETF draft. With or without quotes.',
    examples: ['"5f0c6f3e-7b0e-4f0e-9d0f-0b9a5b0f6c1d"'],
  }),
)

/** The idempotency key of a send, from the body or the header. @throws Invalid when they differ */
function idempotencyKey(clientId: string | undefined, header: string | undefined): string | undefined {
  const key = header?.replaceAll('"', '')
  if (clientId !== undefined && key !== undefined && clientId !== key)
    throw new Invalid({ 'idempotency-key': 'invalid' })
  return clientId ?? key
}

/** Messages, as JSON. */
export function messageRoutes(deps: Deps) {
  const { messagesToLoad } = deps.config
  const Limit = t.Optional(
    t.Integer({
      minimum: 1,
      maximum: 100,
      default: messagesToLoad,
      description: 'Maximum number of results.',
    }),
  )
  return new Elysia()
    .use(auth(deps))
    .get(
      `${paths.api.conversations}/:username/messages`,
      ({ me, params, query }) =>
        listMessages(deps, me, params.username, { ...query, limit: query.limit ?? messagesToLoad }),
      {
        auth: true,
        params: UsernameParam,
        query: t.Object({
          before: seq('Returns the page that ends just before this `seq`.'),
          after: seq('Returns the page that starts just after this `seq`. Not together with `before`.'),
          limit: Limit,
        }),
        response: { 200: MessagePage, ...problems(400, 404, 422) },
        detail: {
          operationId: 'listMessages',
          tags: ['Messages'],
          summary: 'List messages',
          description:
            'The newest page, or the page `before` or `after` a `seq`, oldest message first. Empty if there are no messages yet.',
          responses: { 400: documentError(new BeforeAndAfter()) },
        },
      },
    )
    .post(
      `${paths.api.conversations}/:username/messages`,
      async ({ me, params, body, headers, set, status }) => {
        const clientId = idempotencyKey(body.clientId, headers['idempotency-key'])
        const { message, created } = await sendMessage(deps, me, { to: params.username, ...body, clientId })
        if (!created) return status(200, message)
        set.headers.location = paths.api.message(message.id)
        return status(201, message)
      },
      {
        auth: true,
        params: UsernameParam,
        headers: t.Object({ 'idempotency-key': IdempotencyKey }),
        body: t.Object(
          {
            body: t.String({
              description: `Trimmed; 1 to ${BODY_LIMIT.toLocaleString('en')} characters.`,
              examples: ['See you at eight?'],
            }),
            clientId: t.Optional(ClientId),
          },
          {
            title: 'NewMessage',
            description: 'A new message.',
            // Without `clientId`: a second try on the API page with another text would get 409.
            examples: [{ body: 'See you at eight?' }],
            additionalProperties: false,
          },
        ),
        response: { 200: Message, 201: Message, ...problems(404, 409, 422) },
        detail: {
          operationId: 'sendMessage',
          tags: ['Messages'],
          summary: 'Send a message',
          description:
            'A 2xx response means that the message is committed. Both people get its ID as an event on their live connections. With a `clientId`, or the same value as `Idempotency-Key`, the request can be repeated at any time and does not count towards the limit of 600 messages a minute: 200 returns the stored message in its current state, also after a deletion, and 409 means that the `clientId` was used for another text.',
          responses: {
            200: { description: 'It was stored by an earlier send under the same `clientId`.' },
            201: { description: 'The message is stored.', headers: LOCATION },
            403: documentError(new Undeliverable()),
            409: documentError(new ClientIdReused()),
          },
        },
      },
    )
    .get(
      `${paths.api.conversations}/:username/changes`,
      ({ me, params, query }) =>
        listChanges(deps, me, params.username, { ...query, limit: query.limit ?? 50 }),
      {
        auth: true,
        params: UsernameParam,
        query: t.Object({
          since: t.Integer({
            minimum: 0,
            maximum: 4_294_967_295,
            description: 'The last version you have; 0 for all messages.',
            examples: [44],
          }),
          limit: t.Optional(
            t.Integer({ minimum: 1, maximum: 100, default: 50, description: 'Maximum number of results.' }),
          ),
        }),
        response: { 200: Changes, ...problems(404, 422) },
        detail: {
          operationId: 'listChanges',
          tags: ['Messages'],
          summary: 'List changes',
          description:
            'The messages that changed since a version, in version order, in their current state. Call it after `ready` on each live connection, and again while `more` is true.',
        },
      },
    )
    .get(`${paths.api.root}/messages/:id`, ({ me, params }) => getMessage(deps, me, params.id), {
      auth: true,
      params: t.Object({ id: t.String({ description: '`id` of the message.', examples: ['17-42'] }) }),
      response: { 200: Message, ...problems(404) },
      detail: {
        operationId: 'getMessage',
        tags: ['Messages'],
        summary: 'Get a message',
        description: '404 for messages of conversations that you are not part of.',
      },
    })
}
