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
import { Problem, type ProblemStatus, problems } from '../http/schema.ts'
import { type Keywords, openApiSchema } from './schema.ts'

/** A sample error for each status, from which the document's examples are generated. */
const SAMPLES: Record<ProblemStatus, AppError> = {
  400: new BadRequest('The body is not JSON.'),
  401: new Unauthorized(),
  403: new CrossSite(),
  404: new NotFound(),
  409: new Conflict('This clientId was used for another text.'),
  413: new TooLarge(BODY_BYTES),
  415: new UnsupportedType(),
  422: new Invalid({ username: 'required' }),
  429: new TooManyRequests(42),
  500: new AppError(500, 'Something went wrong on the server. It has been logged.'),
  501: new AppError(501, 'This server does not support WebSockets; use text/event-stream.'),
  503: new Unavailable('For a moment this is not possible.'),
}

const HEADERS: Record<string, Keywords> = {
  'Retry-After': { description: 'Seconds to wait.', schema: { type: 'integer', minimum: 1 }, example: 42 },
  'WWW-Authenticate': { description: 'How to sign in.', schema: { type: 'string' }, example: 'Bearer' },
}

/** Returns the response object of a problem: a reference to the shared one, or a separate one with its own description. */
export async function problemResponse(
  status: ProblemStatus,
  {
    components: { schemas, responses },
    override,
  }: {
    components: { schemas: Record<string, Keywords>; responses: Record<string, Keywords> }
    override?: { description: string } | undefined
  },
): Promise<Keywords> {
  const sample = problem(SAMPLES[status], Problem.properties.requestId.examples[0])
  const headers = Object.entries(HEADERS).filter(([name]) => sample.headers.has(name))
  const response = {
    description: override?.description ?? problems(status)[status].description,
    ...(headers.length > 0 && { headers: Object.fromEntries(headers) }),
    content: {
      'application/problem+json': {
        schema: openApiSchema(Problem, schemas),
        example: { ...(await sample.json()), ...(override && { detail: override.description }) },
      },
    },
  }
  if (override) return response
  const name = `${STATUS_CODES[status]}`.replaceAll(' ', '')
  responses[name] ??= response
  return { $ref: `#/components/responses/${name}` }
}
