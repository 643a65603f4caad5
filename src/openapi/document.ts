import { type DocumentDecoration, Elysia, type TSchema } from 'elysia'
import { paths } from '../../web/paths.ts'
import type { ProblemStatus } from '../http/schema.ts'
import type { Config } from '../process/config.ts'
import { eventSchemas } from './events.ts'
import { apiInfo } from './introduction.ts'
import { type ProblemOverride, problemResponse } from './problems.ts'
import { type Keywords, openApiSchema } from './schema.ts'
import { limitBodies, pathLimits } from './string-limits.ts'

type Route = Elysia['routes'][number]
type Operation = Pick<DocumentDecoration, 'security'> & {
  parameters?: Parameter[]
  responses: Record<string, Keywords>
}
type Parameter = Keywords & { schema: TSchema; examples?: unknown[] }
type Components = { schemas: Record<string, Keywords>; responses: Record<string, Keywords> }
type Document = Keywords & { paths: Record<string, Record<string, Operation>>; components: Components }

/**
 * Describes the routes in OpenAPI 3.0.3. `@elysiajs/swagger` generates the document; this corrects its JSON Schema keywords
 * and adds what the plugin omits: media types, and responses from outside the handlers.
 */
export async function describeApi(routes: readonly Route[], config: Pick<Config, 'origin'>) {
  const shown = routes.filter((route) => !route.hooks.detail?.hide)
  const document = await write(shown, config)
  const components: Components = { ...document.components, schemas: {}, responses: {} }
  for (const route of shown) {
    const operation = document.paths[templateOf(route.path)]?.[route.method.toLowerCase()]
    if (operation) await correct(operation, route, components)
  }
  limitBodies(components.schemas)
  Object.assign(components.schemas, eventSchemas())
  return { ...document, components }
}

/** Uses a separate app: in the real one, the plugin would also mount a page that loads scripts from a CDN. */
async function write(routes: readonly Route[], config: Pick<Config, 'origin'>): Promise<Document> {
  // Imported on demand: it loads slowly, and few processes serve the document.
  const { swagger } = await import('@elysiajs/swagger')
  const blank = new Elysia().use(
    swagger({ specPath: paths.openapi, excludeStaticFile: false, documentation: apiInfo(config) }),
  )
  for (const { method, path, hooks } of routes) blank.route(method as 'GET', path, () => null, hooks)
  const response = await blank.handle(new Request(`http://localhost${paths.openapi}`))
  return response.json()
}

async function correct(operation: Operation, route: Route, components: Components) {
  const { hooks } = route
  const { schemas } = components
  Object.assign(operation, {
    parameters: operation.parameters?.map(
      ({ schema: { description: _, ...schema }, examples, ...parameter }) => ({
        ...parameter,
        ...(examples && { example: examples[0] }),
        schema: {
          ...openApiSchema(schema as TSchema, schemas),
          ...(parameter.in === 'path' && pathLimits(String(parameter.name))),
        },
      }),
    ),
    ...(hooks.body && { requestBody: { required: true, content: json(hooks.body, schemas) } }),
    responses: {},
  })

  const declared: Record<string, TSchema> = hooks.response ?? {}
  const overrides: Record<string, ProblemOverride> = hooks.detail.responses ?? {}
  const always = alwaysPossible(operation, route).map(String)
  for (const status of new Set([...Object.keys(overrides), ...Object.keys(declared), ...always].sort())) {
    const schema = declared[status]
    const isProblem = schema ? schema.title === 'Problem' : always.includes(status) || Number(status) >= 400
    operation.responses[status] = isProblem
      ? await problemResponse(Number(status) as ProblemStatus, {
          components,
          override: overrides[status],
          isGeneral: always.includes(status),
        })
      : {
          ...(schema && { description: schema.description, ...contentOf(schema, schemas) }),
          ...overrides[status],
        }
  }
  const isTagged =
    route.method === 'GET' && route.path.startsWith(paths.api.root) && route.path !== paths.api.export
  if (isTagged && declared[200]) describeEntityTag(operation)
}

/** What `jsonResponse` adds to a GET. The export is a stream and has none. */
function describeEntityTag({ responses }: Operation): void {
  const headers = {
    ETag: {
      description: 'A weak entity tag, for `If-None-Match`.',
      schema: { type: 'string' },
      example: 'W/"5f2b0c9d1e7a4c3b2a1f0e"',
    },
  }
  responses[200] = { ...responses[200], headers: { ...(responses[200]?.headers as Keywords), ...headers } }
  responses[304] = { description: 'Nothing has changed since the `If-None-Match` of the request.', headers }
}

/** Statuses from outside the handler: authentication, limits, origin check, body parsing, validation, server errors. */
function alwaysPossible({ security }: Operation, { method, path, hooks }: Route): ProblemStatus[] {
  const unsafe = method !== 'GET'
  return [
    ...(security?.length ? ([401] as const) : []),
    ...(unsafe ? ([400, 403, 413, 415] as const) : []),
    ...(hooks.body || hooks.query ? ([422] as const) : []),
    500,
    // Health checks have no limit, and describe their own 503.
    ...(path.startsWith(paths.api.root) ? ([429, 503] as const) : []),
  ]
}

function contentOf(schema: TSchema, schemas: Components['schemas']) {
  return schema.type !== 'undefined' && { content: json(schema, schemas) }
}

/** Only JSON, although the API also accepts forms, which are for the pages. */
function json(schema: TSchema, schemas: Components['schemas']) {
  return { 'application/json': { schema: openApiSchema(schema, schemas) } }
}

function templateOf(path: string): string {
  return path.replace(/:(\w+)/g, '{$1}')
}
