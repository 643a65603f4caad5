import { STATUS_CODES } from 'node:http'
import {
  AppError,
  BadRequest,
  Conflict,
  Forbidden,
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

/** One of each kind: what the document shows is what the app would answer. */
const SAMPLES: Record<ProblemStatus, AppError> = {
  400: new BadRequest('The body is not JSON.'),
  401: new Unauthorized(),
  403: new Forbidden('The request comes from another site.'),
  404: new NotFound(),
  409: new Conflict('This clientId was used for another text.'),
  413: new TooLarge(BODY_BYTES),
  415: new UnsupportedType(),
  422: new Invalid({ username: 'required' }),
  429: new TooManyRequests(42),
  500: new AppError(500, 'Something went wrong on the server. It has been logged.'),
  501: new AppError(501, 'This server has no WebSockets; ask for text/event-stream.'),
  503: new Unavailable('For a moment this is not possible.'),
}

const HEADERS: Record<string, Keywords> = {
  'Retry-After': { description: 'Seconds to wait.', schema: { type: 'integer', minimum: 1 }, example: 42 },
  'WWW-Authenticate': { description: 'How to sign in.', schema: { type: 'string' }, example: 'Bearer' },
}

/** The response object of a problem: a reference to the shared one, or one of its own where there is more to tell. */
export async function problemResponse(
  status: ProblemStatus,
  {
    components: { schemas, responses },
    told,
  }: {
    components: { schemas: Record<string, Keywords>; responses: Record<string, Keywords> }
    told?: { description: string } | undefined
  },
): Promise<Keywords> {
  const sample = problem(SAMPLES[status], Problem.properties.requestId.examples[0])
  const headers = Object.entries(HEADERS).filter(([name]) => sample.headers.has(name))
  const response = {
    description: told?.description ?? problems(status)[status].description,
    ...(headers.length > 0 && { headers: Object.fromEntries(headers) }),
    content: {
      'application/problem+json': {
        schema: openApiSchema(Problem, schemas),
        example: { ...(await sample.json()), ...(told && { detail: told.description }) },
      },
    },
  }
  if (told) return response
  const name = `${STATUS_CODES[status]}`.replaceAll(' ', '')
  responses[name] ??= response
  return { $ref: `#/components/responses/${name}` }
}
