import Ajv, { type ValidateFunction } from 'ajv'
import { paths } from '../../web/paths.ts'
import type { Chat } from './chat.ts'

type Media = { schema: object; example?: unknown }
type Parameter = { name: string; in: 'path' | 'query'; required?: boolean; schema: object }
type DocumentedResponse = {
  description: string
  headers?: Record<string, object>
  content?: Record<string, Media>
}
export type Operation = {
  operationId: string
  method: string
  /** With a `{name}` placeholder for each parameter. */
  path: string
  /** The path with example values. */
  example: string
  security: object[]
  parameters?: Parameter[]
  requestBody?: { content: Record<string, Media> }
  /** By status, with references resolved. */
  responses: Record<string, DocumentedResponse>
}
export type ApiDocument = {
  paths: Record<string, Record<string, Omit<Operation, 'responses'> & { responses: Record<string, object> }>>
  components: { schemas: Record<string, object>; responses: Record<string, DocumentedResponse> }
}

/** Returns the OpenAPI document of the app and its operations. */
export async function readDocument({
  app,
}: Chat): Promise<{ document: ApiDocument; operations: Operation[] }> {
  const response = await app.fetch(new Request(`http://localhost${paths.openapi}`))
  const document: ApiDocument = await response.json()
  const resolve = (response: object) =>
    '$ref' in response
      ? document.components.responses[`${response.$ref}`.split('/').at(-1)!]!
      : (response as DocumentedResponse)
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      ...operation,
      method: method.toUpperCase(),
      path,
      example: path.replace('{username}', 'ada').replace('{id}', '17-42'),
      responses: Object.fromEntries(
        Object.entries(operation.responses).map(([status, response]) => [status, resolve(response)]),
      ),
    })),
  )
  return { document, operations }
}

/** The documented parts of a response. `body` is the parsed JSON, if it is JSON. */
export type Answered = { operation: Operation; status: number; type: string; body: unknown; headers: Headers }

/** Returns functions that compare values and responses with the document. */
export function checkerOf(document: ApiDocument) {
  const ajv = new Ajv({
    strict: false,
    formats: { binary: true, 'date-time': /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/, email: /^\S+@\S+$/ },
  })
  const compiled = new Map<object, ValidateFunction>()
  /** Returns the errors of the value, or `No errors`. */
  const validate = (schema: object, value: unknown): string => {
    const fits = compiled.get(schema) ?? ajv.compile({ components: document.components, ...schema })
    compiled.set(schema, fits)
    fits(value)
    return ajv.errorsText(fits.errors)
  }
  /** Returns the error of the response, or null. */
  const check = ({ operation, status, type, body, headers }: Answered): string | null => {
    const documented = operation.responses[status]
    if (!documented) return 'the status is not documented'
    const { content = {}, headers: named = {} } = documented
    const types = Object.keys(content).join()
    if (types !== type) return `the type is ${type} but documented as ${types}`
    const fault = content[type] && validate(content[type].schema, body)
    if (fault && fault !== 'No errors') return fault
    const documentedHeaders = Object.keys(named).join().toLowerCase()
    const undocumented = ['retry-after', 'set-cookie'].find(
      (name) => headers.has(name) && !documentedHeaders.includes(name),
    )
    return undocumented ? `the header ${undocumented} is not documented` : null
  }
  return { validate, check }
}
