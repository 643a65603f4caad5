import { paths } from '../../web/paths.ts'
import type { Chat } from './chat.ts'

type Media = { schema: object; example?: unknown }
type Answer = { description: string; headers?: Record<string, object>; content?: Record<string, Media> }
export type Operation = {
  operationId: string
  method: string
  /** With `{name}` for each parameter. */
  path: string
  /** The same with an example for each. */
  example: string
  security: object[]
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
