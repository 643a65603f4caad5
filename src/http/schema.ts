import type { TProperties } from '@sinclair/typebox'
import { type Static, type TSchema, t } from 'elysia'
import { errorText } from '../../web/text/text.ts'
import type { AppError } from './errors.ts'

/** Schemas that several features share. */

export const Instant = t.String({ format: 'date-time', examples: ['2026-11-23T08:15:30.123Z'] })

export const Limit = t.Optional(
  t.Integer({ minimum: 1, maximum: 100, default: 50, description: 'Maximum number of results.' }),
)
export const CursorQuery = t.Optional(
  t.String({ maxLength: 1000, description: '`next` of the previous page; omit it for the first page.' }),
)
const Next = t.Nullable(
  t.String({
    description: 'The `cursor` of the next page; null on the last page.',
    examples: ['WyJhZGEiLDFd'],
  }),
)
/** One page of a list; the rows of `pageOf`. */
export function pageSchema<Item extends TSchema>(item: Item, texts: { title: string; description: string }) {
  return t.Object({ results: t.Array(item), next: Next }, { ...texts, additionalProperties: false })
}

export const UsernameParam = t.Object({
  username: t.String({ description: 'A username, in any case.', examples: ['ada'] }),
})

/** The query of a page. Unknown names are ignored: links gain them on their way, such as `utm_source`. */
export function PageQuery<Properties extends TProperties>(properties: Properties) {
  return t.Object(properties, { additionalProperties: true })
}

/** A field of an HTML form or of a page's query; absent when empty or not checked. The services validate its value. */
export const FormField = t.Optional(t.String({ maxLength: 10_000 }))

/** An error (RFC 9457). It never contains request data. */
export const Problem = t.Object(
  {
    type: t.String({
      pattern: '^urn:chatapp:problem:[a-z0-9_]+$',
      examples: ['urn:chatapp:problem:invalid_fields'],
      description: '`urn:chatapp:problem:` and the `code`.',
    }),
    title: t.String({ examples: ['Unprocessable Entity'], description: 'The name of the status code.' }),
    status: t.Integer({ examples: [422] }),
    code: t.String({
      examples: ['invalid_fields'],
      description: 'A stable, machine-readable code. The introduction lists all of them.',
    }),
    detail: t.String({
      examples: ['A field is invalid.'],
      description: 'A human-readable explanation, in English.',
    }),
    requestId: t.String({
      examples: ['c1b0d5b2-5d0f-4f0e-9a53-6f0f5d3f8c11'],
      description: 'The ID of the request, as in the `X-Request-Id` header and the server log.',
    }),
    errors: t.Optional(
      t.Array(
        t.Object({
          field: t.String({
            examples: ['body'],
            description: 'The name of the field, or `*` for an unknown field.',
          }),
          code: t.String({ examples: ['body_empty'], description: 'A stable, machine-readable code.' }),
          message: t.String({ examples: [errorText('en', 'body_empty')], description: 'In English.' }),
        }),
        { description: 'One entry for each invalid field.' },
      ),
    ),
  },
  {
    title: 'Problem',
    description: 'An error (RFC 9457). It never contains request data.',
    additionalProperties: false,
  },
)

export type ProblemView = Static<typeof Problem>

const DESCRIPTIONS = {
  400: 'Malformed request',
  401: 'Not signed in',
  403: 'Forbidden: a cross-site request',
  404: 'Not found, or not visible to you',
  409: 'Conflict with the current state',
  413: 'Request body too large',
  415: 'Unsupported content type',
  422: 'A field is invalid',
  429: 'Too many requests; retry after the seconds in Retry-After',
  500: 'Internal server error',
  501: 'Not supported by this server',
  503: 'Temporarily unavailable; retry after the seconds in Retry-After',
} as const
export type ProblemStatus = keyof typeof DESCRIPTIONS

/** The `response` entries for an operation's own errors, in addition to those that every operation can return. */
export function problems<Status extends ProblemStatus>(...statuses: Status[]) {
  return Object.fromEntries(
    statuses.map((status) => [
      status,
      t.Object(Problem.properties, {
        title: Problem.title!,
        description: DESCRIPTIONS[status],
        additionalProperties: false,
      }),
    ]),
  ) as unknown as Record<Status, typeof Problem>
}

/** The header of a response to a creation. */
export const LOCATION = {
  Location: { description: 'The path of the new resource.', schema: { type: 'string' as const } },
}

/** The `detail.responses` entry for an operation's own errors of one status. Their responses are the examples. */
export function documentErrors(description: string, errors: readonly AppError[]) {
  // A function: Elysia would append an array to itself whenever an app with the route is created.
  return { description, errors: () => errors }
}

/** Like `documentErrors`, for one error. */
export function documentError(error: AppError, description = error.detail) {
  return documentErrors(description, [error])
}

/** Adds an operation's own errors to a status that its `auth` option describes. */
export function documentMore(...errors: AppError[]) {
  return { description: errors.map(({ detail }) => detail).join(' '), more: () => errors }
}
