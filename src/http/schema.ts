import { t } from 'elysia'

/** Shapes that more than one feature uses. */

export const Instant = t.String({ format: 'date-time', examples: ['2026-11-23T08:15:30.123Z'] })

export const Limit = t.Optional(
  t.Integer({ minimum: 1, maximum: 100, default: 50, description: 'Results in a page.' }),
)
export const CursorQuery = t.Optional(
  t.String({ maxLength: 1000, description: '`next` of the page before; without it, the first page.' }),
)
/** Of a page; null on the last one. */
export const Next = t.Nullable(
  t.String({ description: '`cursor` of the next page; null on the last.', examples: ['WyJhZGEiLDFd'] }),
)
export const UsernameParam = t.Object({
  username: t.String({ description: 'Somebody, whatever the case.', examples: ['ada'] }),
})

/** A field of an HTML form or of a page's query; left out when empty or not ticked. The services check what it holds. */
export const FormField = t.Optional(t.String({ maxLength: 10_000 }))

/** What went wrong (RFC 9457). It never repeats what was sent. */
export const Problem = t.Object(
  {
    type: t.String({ examples: ['about:blank'] }),
    title: t.String({ examples: ['Unprocessable Entity'], description: 'The same for all of one status.' }),
    status: t.Integer({ examples: [422] }),
    detail: t.String({ examples: ['A field cannot be accepted.'], description: 'For people, in English.' }),
    requestId: t.String({
      examples: ['c1b0d5b2-5d0f-4f0e-9a53-6f0f5d3f8c11'],
      description: 'The same as in the header `X-Request-Id`, and in the log of the server.',
    }),
    errors: t.Optional(
      t.Array(
        t.Object({
          field: t.String({ examples: ['body'], description: '`*` for a name that is not known.' }),
          code: t.String({ examples: ['body_empty'], description: 'For programs; it stays as it is.' }),
          message: t.String({ examples: ['Write something first.'] }),
        }),
        { description: 'One for each field that cannot be accepted.' },
      ),
    ),
  },
  {
    title: 'Problem',
    description: 'What went wrong (RFC 9457). It never repeats what was sent.',
    additionalProperties: false,
  },
)

const DESCRIPTIONS = {
  400: 'Not understood',
  401: 'Not signed in',
  403: 'From another site',
  404: 'Nobody and nothing of that name that is yours to see',
  409: 'It contradicts what is there',
  413: 'Too large',
  415: 'Neither JSON nor a form',
  422: 'A field cannot be accepted',
  429: 'Too many; wait for the seconds in Retry-After',
  500: 'A fault of the server',
  501: 'Not on this server',
  503: 'For a moment not possible; wait for the seconds in Retry-After',
} as const
export type ProblemStatus = keyof typeof DESCRIPTIONS

/** `response` entries for the problems that an operation may answer with, beside those that every operation can. */
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
