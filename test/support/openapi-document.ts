import Ajv, { type ValidateFunction } from 'ajv'
import { paths } from '../../web/paths.ts'
import type { Chat } from './chat.ts'

type Media = { schema: object; example?: unknown }
type Parameter = { name: string; in: 'path' | 'query'; required?: boolean; schema: object }
type Answer = { description: string; headers?: Record<string, object>; content?: Record<string, Media> }
export type Operation = {
  operationId: string
  method: string
  /** With `{name}` for each parameter. */
  path: string
  /** The same with an example for each. */
  example: string
  security: object[]
  parameters?: Parameter[]
  requestBody?: { content: Record<string, Media> }
  /** By status; no references. */
  responses: Record<string, Answer>
}
export type ApiDocument = {
  paths: Record<string, Record<string, Omit<Operation, 'responses'> & { responses: Record<string, object> }>>
  components: { schemas: Record<string, object>; responses: Record<string, Answer> }
}

/** What ChatApp says of its own API, and the operations in it, one by one. */
export async function readDocument({
  app,
}: Chat): Promise<{ document: ApiDocument; operations: Operation[] }> {
  const response = await app.fetch(new Request(`http://localhost${paths.openapi}`))
  const document: ApiDocument = await response.json()
  const resolve = (answer: object) =>
    '$ref' in answer
      ? document.components.responses[`${answer.$ref}`.split('/').at(-1)!]!
      : (answer as Answer)
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      ...operation,
      method: method.toUpperCase(),
      path,
      example: path.replace('{username}', 'ada').replace('{id}', '17-42'),
      responses: Object.fromEntries(
        Object.entries(operation.responses).map(([status, answer]) => [status, resolve(answer)]),
      ),
    })),
  )
  return { document, operations }
}

/** What an operation answered, as far as the document speaks of it. `body` is the JSON, where it is JSON. */
export type Answered = { operation: Operation; status: number; type: string; body: unknown; headers: Headers }

/** Compares values and answers with what the document says. */
export function checkerOf(document: ApiDocument) {
  const ajv = new Ajv({
    strict: false,
    formats: { binary: true, 'date-time': /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/, email: /^\S+@\S+$/ },
  })
  const compiled = new Map<object, ValidateFunction>()
  /** What is wrong with the value, else `No errors`. */
  const validate = (schema: object, value: unknown): string => {
    const fits = compiled.get(schema) ?? ajv.compile({ components: document.components, ...schema })
    compiled.set(schema, fits)
    fits(value)
    return ajv.errorsText(fits.errors)
  }
  /** What is wrong with the answer, else null. */
  const check = ({ operation, status, type, body, headers }: Answered): string | null => {
    const documented = operation.responses[status]
    if (!documented) return 'the document does not name this status'
    const { content = {}, headers: named = {} } = documented
    const types = Object.keys(content).join()
    if (types !== type) return `the type is ${type}, the document says ${types}`
    const fault = content[type] && validate(content[type].schema, body)
    if (fault && fault !== 'No errors') return fault
    const told = Object.keys(named).join().toLowerCase()
    const untold = ['retry-after', 'set-cookie'].find((name) => headers.has(name) && !told.includes(name))
    return untold ? `the document does not name its header ${untold}` : null
  }
  return { validate, check }
}
