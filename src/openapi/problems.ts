import { STATUS_CODES } from 'node:http'
import {
  AppError,
  BadRequest,
  Conflict,
  CrossSite,
  Invalid,
  NotFound,
  TooLarge,
  TooManyRequests,
  Unauthorized,
  Unavailable,
  UnsupportedType,
} from '../http/errors.ts'
import { BODY_BYTES } from '../http/request-body.ts'
import { problem } from '../http/responses.tsx'
import { Problem, type ProblemStatus, type ProblemView, problems } from '../http/schema.ts'
import { type Keywords, openApiSchema } from './schema.ts'

/** A sample error for each status, from which the document's examples are generated. */
const SAMPLES: Record<ProblemStatus, AppError> = {
  400: new BadRequest('The body is not JSON.', 'body_not_json'),
  401: new Unauthorized(),
  403: new CrossSite(),
  404: new NotFound(),
  409: new Conflict('The request conflicts with the current state.'),
  413: new TooLarge(BODY_BYTES),
  415: new UnsupportedType(),
  422: new Invalid({ body: 'body_empty' }),
  429: new TooManyRequests(42),
  500: new AppError(500, 'Something went wrong on the server. It has been logged.'),
  501: new AppError(501, 'This server does not support WebSockets; use text/event-stream.'),
  503: new Unavailable('The database is busy.'),
}

const HEADERS: Record<string, Keywords> = {
  'Retry-After': { description: 'Seconds to wait.', schema: { type: 'integer', minimum: 1 }, example: 42 },
  RateLimit: {
    description: 'Nothing remains for this many seconds (draft-ietf-httpapi-ratelimit-headers).',
    schema: { type: 'string' },
    example: '"request";r=0;t=42',
  },
  'WWW-Authenticate': {
    description: 'How to sign in (RFC 6750).',
    schema: { type: 'string' },
    example: 'Bearer',
  },
}

/** An operation's own description of a status, with its errors if they differ from the sample. */
export type ProblemOverride = {
  description?: string
  errors?: () => readonly AppError[]
  /** Further errors, of an operation whose access option describes the status. */
  more?: () => readonly AppError[]
}

/** The general causes that remain possible beside an operation's own. */
const ADDITIONAL: Partial<Record<ProblemStatus, string>> = {
  403: 'Requests from other sites are refused, too.',
  429: 'Too many requests are refused, too; retry after the seconds in Retry-After.',
}

/** Returns the response object of a problem: a reference to the shared one, or a separate one for an operation's own errors. */
export async function problemResponse(
  status: ProblemStatus,
  {
    components: { schemas, responses },
    override,
    isGeneral,
  }: {
    components: { schemas: Record<string, Keywords>; responses: Record<string, Keywords> }
    override?: ProblemOverride | undefined
    /** The general cause of the status is possible. */
    isGeneral: boolean
  },
): Promise<Keywords> {
  const sample = SAMPLES[status]
  const { description, errors: errorsOf } = override ?? {}
  const own = errorsOf?.() ?? (description ? [withDetail(sample, description)] : override ? [] : [sample])
  const more = override?.more?.() ?? []
  const additional = override && isGeneral ? ADDITIONAL[status] : undefined
  const errors = [...own, ...more, ...(additional ? [sample] : [])]
  const headers = Object.entries(HEADERS).filter(([name]) => name.toLowerCase() in sample.headers)
  const response = {
    description: override
      ? [override.description, ...more.map(({ detail }) => detail), additional].filter(Boolean).join(' ')
      : problems(status)[status].description,
    ...(headers.length > 0 && { headers: Object.fromEntries(headers) }),
    content: {
      'application/problem+json': { schema: openApiSchema(Problem, schemas), ...(await examplesOf(errors)) },
    },
  }
  if (override) return response
  const name = `${STATUS_CODES[status]}`.replaceAll(' ', '')
  responses[name] ??= response
  return { $ref: `#/components/responses/${name}` }
}

const withDetail = ({ status, headers, code }: AppError, detail: string) =>
  new AppError(status, detail, headers, code)

/** The responses to the errors, as one `example` or as named `examples`. */
async function examplesOf(errors: readonly AppError[]): Promise<Keywords> {
  const bodies: ProblemView[] = await Promise.all(
    errors.map((error) => problem(error, Problem.properties.requestId.examples[0]).json()),
  )
  if (bodies.length === 1) return { example: bodies[0] }
  const examples = bodies.map((value, place) => {
    const summary = value.errors?.map(({ message }) => message).join(' ') ?? value.detail
    return [`error${place + 1}`, { summary, value }]
  })
  return { examples: Object.fromEntries(examples) }
}
