import fc from 'fast-check'
import type { ApiDocument, Operation } from './document.ts'
import { escaped, headers, names, rawBody } from './nonsense.ts'
import { bent, fitting, Known, type Schema } from './schema-values.ts'

/** Who asks: nobody, somebody who is not in the conversation, somebody who is in one with the same person, an administrator. */
export const ROLES = ['nobody', 'stranger', 'member', 'admin'] as const
export type Role = (typeof ROLES)[number]

/** A request before it is known what its {@link Known}s are. */
export type RequestCase = {
  operation: Operation
  who: Role
  params: Record<string, unknown>
  /** A name may come twice. Text is escaped already. */
  query: [name: string, value: unknown][]
  body: { json: unknown } | { raw: string | Uint8Array } | null
  headers: Record<string, string>
}

const JSON_TYPE = { 'content-type': 'application/json' }

/** Requests at an operation: as the document has it, and wrong in one or more places. */
export function requestsAt(operation: Operation, document: ApiDocument) {
  const resolve = (schema: Schema) =>
    schema.$ref ? (document.components.schemas[schema.$ref.split('/').at(-1)!] as Schema) : schema
  const { parameters = [], requestBody, method, path } = operation
  const values = (where: string, nonsense: fc.Arbitrary<unknown> | null) =>
    Object.fromEntries(
      parameters
        .filter((parameter) => parameter.in === where)
        .map(({ name, schema }) => {
          const key = where === 'path' && name !== 'username' ? keyOf(path, name) : name
          const known = fc.nat(1000).map((index) => new Known(key, index))
          const fit = where === 'path' ? known : fitting(schema, name, resolve)
          return [name, nonsense ? fc.oneof(fit, nonsense) : fit]
        }),
    )
  const schema = Object.values(requestBody?.content ?? {})[0]?.schema as Schema | undefined
  const body = schema && fitting(schema, '', resolve)
  const required = parameters.filter((one) => one.in === 'query' && one.required).map(({ name }) => name)
  const who = fc.constantFrom(...ROLES, ...ROLES.slice(1))

  const right = fc.record({
    operation: fc.constant(operation),
    who,
    params: fc.record(values('path', null)),
    query: fc.record(values('query', null), { requiredKeys: required as never[] }).map(Object.entries),
    body: body ? body.map((json) => ({ json })) : fc.constant(null),
    headers: fc.constant(body ? JSON_TYPE : {}),
  })
  const odd = fc.oneof(...(body ? [bent(body), body] : [fc.constant({})])).map((json) => ({ json }))
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
    body:
      method === 'GET'
        ? fc.constant(null)
        : fc.oneof(
            odd,
            rawBody.map((raw) => ({ raw })),
          ),
    headers: fc
      .oneof({ weight: 3, arbitrary: fc.constant({}) }, headers)
      .map((some) => (method === 'GET' ? some : { ...JSON_TYPE, ...some })),
  })
  return { right, wrong } as { right: fc.Arbitrary<RequestCase>; wrong: fc.Arbitrary<RequestCase> }
}

/** An ID means something only beside what it is an ID of: `messages.id` for `/messages/{id}`. */
export function keyOf(path: string, name: string): string {
  return `${path.split(`/{${name}}`)[0]!.split('/').at(-1)}.${name}`
}
