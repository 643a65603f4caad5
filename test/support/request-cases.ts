import fc from 'fast-check'
import { escaped, headers, names, rawBody } from './fuzz-inputs.ts'
import type { ApiDocument, Operation } from './openapi-document.ts'
import { gif, png } from './pictures.ts'
import { almostFitting, fitting, Known, type Schema } from './schema-values.ts'

/**
 * The callers: not signed in, without any relation to the unrelated users, with a conversation with one of them, a script with
 * an API token, and an administrator.
 */
export const ROLES = ['nobody', 'stranger', 'member', 'script', 'admin'] as const
export type Role = (typeof ROLES)[number]

/** A request with unresolved {@link Known} placeholders. */
export type RequestCase = {
  operation: Operation
  who: Role
  params: Record<string, unknown>
  /** Names may repeat. Text is already escaped. */
  query: [name: string, value: unknown][]
  sent: { body: Body | null; headers: Record<string, string> }
}

type Body = { json: unknown } | { raw: string | Uint8Array }

/** Binary bodies: the app only accepts pictures. */
const pictures = fc.constantFrom<Uint8Array>(gif, png(2, 3), png(300, 1))
const broken = fc
  .tuple(
    fc.oneof(pictures, fc.constant(png(60_000, 60_000, { pixels: false }))),
    fc.nat(200),
    fc.uint8Array({ maxLength: 9 }),
  )
  .map(([picture, at, bytes]) =>
    Buffer.concat([picture.subarray(0, at), bytes, picture.subarray(at + bytes.length)]),
  )

const JSON_TYPE = { 'content-type': 'application/json' }

/** Generates requests for an operation: valid ones, and ones with errors. */
export function requestsAt(operation: Operation, document: ApiDocument) {
  const resolve = (schema: Schema) =>
    schema.$ref ? (document.components.schemas[schema.$ref.split('/').at(-1)!] as Schema) : schema
  const { parameters = [], requestBody, method, path } = operation
  const values = (where: string, invalid: fc.Arbitrary<unknown> | null) =>
    Object.fromEntries(
      parameters
        .filter((parameter) => parameter.in === where)
        .map(({ name, schema }) => {
          const key = where === 'path' && name !== 'username' ? keyOf(path, name) : name
          const known = fc.nat(1000).map((index) => new Known(key, index))
          const fit = where === 'path' ? known : fitting(schema, name, resolve)
          return [name, invalid ? fc.oneof(fit, invalid) : fit]
        }),
    )
  const bodies = Object.entries(requestBody?.content ?? {}).map(([type, { schema }]) => {
    const isBinary = (schema as Schema).format === 'binary'
    const body: fc.Arbitrary<Body> = isBinary
      ? pictures.map((raw) => ({ raw }))
      : fitting(schema, '', resolve).map((json) => ({ json }))
    const odd = isBinary
      ? broken.map((raw) => ({ raw }))
      : almostFitting(fitting(schema, '', resolve)).map((json) => ({ json }))
    const headers = { 'content-type': type }
    return { right: fc.record({ body, headers: fc.constant(headers) }), odd: fc.oneof(odd, body), headers }
  })
  const required = parameters.filter((one) => one.in === 'query' && one.required).map(({ name }) => name)
  const who = fc.constantFrom(...ROLES, ...ROLES.slice(1))

  const right = fc.record({
    operation: fc.constant(operation),
    who,
    params: fc.record(values('path', null)),
    query: fc
      .oneof(
        fc.record(values('query', null), { requiredKeys: required as never[] }),
        fc.record(
          Object.fromEntries(
            Object.entries(values('query', null)).filter(([name]) => required.includes(name)),
          ),
        ),
      )
      .map(Object.entries),
    sent:
      bodies.length > 0
        ? fc.oneof(...bodies.map(({ right }) => right))
        : fc.constant({ body: null, headers: {} }),
  })
  const types = bodies.length > 0 ? bodies.map(({ headers }) => headers) : [JSON_TYPE]
  const wrong = fc.record({
    operation: fc.constant(operation),
    who,
    params: fc.record(values('path', escaped)),
    query: fc
      .tuple(
        fc.record(values('query', escaped), { requiredKeys: [] }),
        fc.array(
          fc.tuple(fc.oneof(names, fc.constantFrom(...parameters.map(({ name }) => name), 'x')), escaped),
          {
            maxLength: 2,
          },
        ),
      )
      .map(([own, more]) => [...Object.entries(own), ...more] as [string, unknown][]),
    sent: fc.record({
      body:
        method === 'GET'
          ? fc.constant(null)
          : fc.oneof(
              ...bodies.map(({ odd }) => odd),
              rawBody.map((raw) => ({ raw })),
            ),
      headers: fc
        .tuple(fc.oneof({ weight: 3, arbitrary: fc.constant({}) }, headers), fc.constantFrom(...types))
        .map(([some, type]) => (method === 'GET' ? some : { ...type, ...some })),
    }),
  })
  return { right, wrong } as { right: fc.Arbitrary<RequestCase>; wrong: fc.Arbitrary<RequestCase> }
}

/** Qualifies a parameter name with its collection: `messages.id` for `/messages/{id}`. */
export function keyOf(path: string, name: string): string {
  return `${path.split(`/{${name}}`)[0]!.split('/').at(-1)}.${name}`
}
