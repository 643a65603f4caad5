import { afterAll, expect, test } from 'bun:test'
import { openChat, sqlite } from '../../test/support/chat.ts'
import { readDocument } from '../../test/support/openapi-document.ts'

const chat = await openChat(sqlite, { env: { ADMIN_READS_MESSAGES: 'on' } })
afterAll(() => chat.close())
const { document } = await readDocument(chat)

type Schema = { [keyword: string]: unknown; enum?: unknown[]; 'x-enum-varnames'?: string[] }

/** All objects in the document, by path. */
function objectsIn(value: unknown, path = ''): [string, Schema][] {
  if (typeof value !== 'object' || value === null) return []
  const inner = Object.entries(value).flatMap(([name, one]) => objectsIn(one, `${path}/${name}`))
  return Array.isArray(value) ? inner : [[path, value as Schema], ...inner]
}
// Examples may contain anything.
const objects = objectsIn(document).filter(([path]) => !/\/examples?\//.test(path))

test('no enum contains null, at which generators fail', () => {
  for (const [path, schema] of objects) {
    if (Array.isArray(schema.enum))
      expect([path, schema.enum.filter((value) => typeof value !== 'string')]).toEqual([path, []])
  }
})

test('the values of an enum have different identifiers', () => {
  let named = 0
  for (const [path, schema] of objects) {
    if (!Array.isArray(schema.enum)) continue
    const names = schema['x-enum-varnames'] ?? schema.enum.map(String)
    if (schema['x-enum-varnames']) named++
    const identifiers = names.map((name) =>
      name
        .replace(/[^A-Za-z0-9]+/g, '_')
        .replace(/^_|_$/g, '')
        .toLowerCase(),
    )
    expect([path, new Set(identifiers).size, identifiers.filter((name) => !/^[a-z]/.test(name))]).toEqual([
      path,
      schema.enum.length,
      [],
    ])
  }
  expect(named).toBeGreaterThan(0)
})

test('the properties of a schema have different identifiers', () => {
  for (const [path, { properties }] of objects) {
    if (typeof properties !== 'object' || !properties || path.endsWith('/properties')) continue
    const names = Object.keys(properties).map((name) => name.replace(/[^A-Za-z0-9]/g, '').toLowerCase())
    expect([path, new Set(names).size]).toEqual([path, names.length])
  }
})

test('operations have different identifiers that are good method names', () => {
  const ids = objects.flatMap(([, { operationId }]) => (typeof operationId === 'string' ? [operationId] : []))
  expect(new Set(ids.map((id) => id.toLowerCase())).size).toBe(ids.length)
  expect(ids.filter((id) => !/^[a-z][A-Za-z0-9]+$/.test(id))).toEqual([])
})

test('every string of a request has a limit in its schema', () => {
  const { schemas } = document.components as unknown as { schemas: Record<string, Schema> }
  const isBounded = (schema: Schema) =>
    schema.enum !== undefined || ['maxLength', 'pattern', 'format'].some((keyword) => keyword in schema)
  const unbounded = (schema: Schema, path: string): string[] => {
    if (typeof schema.$ref === 'string') return unbounded(schemas[schema.$ref.split('/').at(-1)!]!, path)
    const properties = Object.entries((schema.properties ?? {}) as Record<string, Schema>)
    return [
      ...(schema.type === 'string' && !isBounded(schema) ? [path] : []),
      ...properties.flatMap(([name, one]) => unbounded(one, `${path}.${name}`)),
      ...(schema.items ? unbounded(schema.items as Schema, `${path}[]`) : []),
    ]
  }
  const found: string[] = []
  for (const [path, schema] of objects) {
    if (
      path.endsWith('/requestBody/content/application~1json') ||
      /\/requestBody\/content\/application\/json$/.test(path)
    )
      found.push(...unbounded(schema.schema as Schema, path))
    if (schema.in === 'path' || schema.in === 'query' || schema.in === 'header')
      found.push(...unbounded(schema.schema as Schema, `${path} ${schema.name}`))
  }
  expect(found).toEqual([])
})

test('a limit in the schema of a request body is the one that the server enforces', async () => {
  const { NewMessage, NewReport, NewUser } = document.components.schemas as unknown as Record<
    string,
    { properties: Record<string, { minLength: number; maxLength: number; pattern: string }> }
  >
  const ada = await chat.signUp('ada')
  const bob = await chat.signUp('bob')
  const { maxLength } = NewMessage!.properties.body!
  const send = (body: string) => ada.post('/api/v1/conversations/bob/messages', { body })
  expect([
    (await send('x'.repeat(maxLength))).status,
    (await send('x'.repeat(maxLength + 1))).status,
  ]).toEqual([201, 422])
  const { id } = await ada.say(bob, 'hello')
  const report = (length: number) =>
    bob.post(`/api/v1/messages/${id}/reports`, { reason: 'x'.repeat(length) })
  const reason = NewReport!.properties.reason!.maxLength
  expect([(await report(reason + 1)).status, (await report(reason)).status]).toEqual([422, 201])
  const { username } = NewUser!.properties
  const signUp = (name: string) =>
    chat.stranger().post('/api/v1/users', { username: name, password: 'correct horse battery' })
  expect((await signUp('x'.repeat(username!.maxLength + 1))).status).toBe(422)
  expect((await signUp('x'.repeat(username!.maxLength))).status).toBe(201)
})

test('the events are schemas, told apart by their type', () => {
  const { LiveEvent } = document.components.schemas as unknown as Record<
    string,
    { oneOf: unknown[]; discriminator: object }
  >
  expect(LiveEvent!.oneOf).toHaveLength(5)
  expect(LiveEvent!.discriminator).toMatchObject({
    propertyName: 'type',
    mapping: { message: '#/components/schemas/MessageEvent', ready: '#/components/schemas/ReadyEvent' },
  })
})

test('each security scheme is used by the operations that accept it', () => {
  const security = Object.values(document.paths)
    .flatMap(
      (methods) =>
        Object.values(methods) as unknown as { operationId: string; security?: Record<string, []>[] }[],
    )
    .map(
      ({ operationId, security = [] }) => [operationId, security.flatMap((one) => Object.keys(one))] as const,
    )
  const of = (operation: string) => security.find(([id]) => id === operation)![1]
  expect(of('sendMessage')).toEqual(['apiToken', 'session', 'cookie'])
  expect(of('createToken')).toEqual(['session', 'cookie'])
  expect(of('adminListUsers')).toEqual(['administrator', 'administratorCookie'])
  expect(of('signIn')).toEqual([])
})
