import { t } from 'elysia'

/** Shapes that more than one feature uses. */

export const Limit = t.Optional(
  t.Integer({ minimum: 1, maximum: 100, default: 50, description: 'Results in a page.' }),
)
export const CursorQuery = t.Optional(
  t.String({ maxLength: 1000, description: '`next` of the page before.' }),
)
export const UsernameParam = t.Object({
  username: t.String({ maxLength: 100, description: 'Whatever its case.', examples: ['ada'] }),
})

/** What went wrong (RFC 9457). It never repeats what was sent. */
export const Problem = t.Object(
  {
    type: t.String({ examples: ['about:blank'] }),
    title: t.String({ examples: ['Unprocessable Content'] }),
    status: t.Integer({ examples: [422] }),
    detail: t.String({ examples: ['A field can not be accepted.'] }),
    errors: t.Optional(
      t.Array(
        t.Object({
          field: t.String({ examples: ['body'] }),
          code: t.String({ examples: ['body_empty'] }),
          message: t.String({ examples: ['Write something first.'] }),
        }),
        { description: 'One for each field that can not be accepted.' },
      ),
    ),
  },
  { additionalProperties: false },
)

const DESCRIPTIONS = {
  400: 'Not understood',
  401: 'Not signed in',
  403: 'From another site',
  404: 'Nobody and nothing of that name that is yours to see',
  409: 'It contradicts what is there',
  413: 'Too large',
  415: 'Neither JSON nor a form',
  422: 'A field can not be accepted',
  429: 'Too many; wait for the seconds in Retry-After',
  500: 'A fault of the server',
  501: 'Not on this server',
  503: 'For a moment not possible; wait for the seconds in Retry-After',
} as const
type ProblemStatus = keyof typeof DESCRIPTIONS

/** `response` entries for the problems that an operation may answer with, beside those that every operation can. */
export function problems<Status extends ProblemStatus>(...statuses: Status[]) {
  return Object.fromEntries(
    statuses.map((status) => [
      status,
      t.Object(Problem.properties, { description: DESCRIPTIONS[status], additionalProperties: false }),
    ]),
  ) as unknown as Record<Status, typeof Problem>
}
