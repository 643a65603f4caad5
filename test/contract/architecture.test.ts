import { describe, expect, test } from 'bun:test'
import { dirname, join, relative } from 'node:path'

const root = join(import.meta.dirname, '../..')
const features = [
  'accounts',
  'conversations',
  'messages',
  'live',
  'notifications',
  'moderation',
  'jobs',
  'admin',
  'openapi',
]

/** One import in the file `from`. `to` is a path from the project root or a package. */
type Import = { from: string; to: string; typeOnly: boolean }

const files = [...new Bun.Glob('{src,web,migrations}/**/*.{ts,tsx}').scanSync(root)]
  .filter((file) => !file.endsWith('.d.ts'))
  .toSorted()
const imports = (await Promise.all(files.map(importsOf))).flat()

/** Imports of production files. */
const production = imports.filter(({ from }) => !/\.test\.tsx?$/.test(from))
const product = production.filter(({ from }) => from.startsWith('src/'))
const web = production.filter(({ from }) => from.startsWith('web/'))

/** Returns the disallowed imports in readable form. */
const offending = (some: Import[], allowed: (one: Import) => boolean) =>
  some
    .filter((one) => !allowed(one))
    .map(({ from, to, typeOnly }) => `${from} -> ${typeOnly ? 'type of ' : ''}${to}`)
const isNamed = (...names: string[]) => {
  const pattern = new RegExp(`/(?:[a-z0-9-]+-)?(?:${names.join('|')})\\.tsx?$`)
  return (file: string) => pattern.test(file)
}

const entries = ['src/main.ts', 'src/fetch.ts']
const isFeature = (file: string) => features.some((feature) => file.startsWith(`src/${feature}/`))
/** Features without pages have no `plugin.ts`: their routes are the plugin. */
const routesOnly = ['src/messages/routes.ts', 'src/live/routes.ts', 'src/openapi/routes.ts']
const isPlugin = (file: string) => isNamed('plugin')(file) || routesOnly.includes(file)
/** Routes and pages: they map requests to service calls, and results to responses. */
const isEndpoint = isNamed('routes', 'pages')
const isEntity = isNamed('entity')
const isSchema = isNamed('schema')
/** Other parts of transports: they may use requests, HTML or a terminal. */
const transports = [
  'src/accounts/sessions/auth.ts',
  'src/accounts/sessions/cookie.ts',
  'src/accounts/openid/cookies.ts',
  'src/admin/users/confirm.ts',
  'src/live/sse.ts',
  'src/live/websocket.ts',
  'src/admin/admin-cli.ts',
  'src/admin/view.ts',
]
const isService = (file: string) =>
  isFeature(file) &&
  !file.startsWith('src/openapi/') &&
  !(isPlugin(file) || isEndpoint(file) || isSchema(file) || isEntity(file) || transports.includes(file))

describe('the import rules', () => {
  test('cover every import', () => {
    expect(product.length).toBeGreaterThan(100)
    expect(imports).toContainEqual({ from: 'src/main.ts', to: 'src/app.ts', typeOnly: false })
    expect(imports).toContainEqual({
      from: 'src/messages/send.ts',
      to: 'src/process/deps.ts',
      typeOnly: true,
    })
    expect(imports).toContainEqual({ from: 'src/app.ts', to: 'elysia', typeOnly: false })
  })

  test('let only the entry points import the app, and nothing import the entry points', () => {
    expect(offending(product, ({ from, to }) => to !== 'src/app.ts' || entries.includes(from))).toEqual([])
    expect(offending(production, ({ to }) => !entries.includes(to))).toEqual([])
  })

  test('let the app import only the plugin of each feature', () => {
    const ofFeatures = product.filter(({ from, to }) => from === 'src/app.ts' && isFeature(to))
    const lifecycle = ['src/live/hub.ts', 'src/accounts/sessions/session.ts']
    expect(offending(ofFeatures, ({ to }) => isPlugin(to) || lifecycle.includes(to))).toEqual([])
    expect(offending(product, ({ from, to }) => !isPlugin(to) || from === 'src/app.ts')).toEqual([])
  })

  test('let only the plugin of a feature import its routes and pages', () => {
    const folder = (file: string) => file.split('/').slice(0, 2).join('/')
    expect(
      offending(product, ({ from, to }) => {
        if (!isFeature(to) || !isEndpoint(to)) return true
        return isPlugin(to) ? from === 'src/app.ts' : isPlugin(from) && folder(from) === folder(to)
      }),
    ).toEqual([])
  })

  test('keep Elysia, HTML and requests out of services and entities', () => {
    const inside = product.filter(({ from }) => isService(from) || isEntity(from))
    const allowed = ['web/paths.ts', 'web/text/text.ts']
    const rendersMail = 'src/notifications/mail/templates.tsx'
    const linksToPages = 'src/accounts/users/link-url.ts'
    const outside = /^(elysia|preact|htmx\.org)|^web\/|^src\/(app|openapi)\b|^src\/http\/(?!errors|paging)/
    expect(inside.length).toBeGreaterThan(200)
    expect(
      offending(inside, ({ from, to, typeOnly }) => {
        if (typeOnly || !outside.test(to)) return true
        if (from === linksToPages) return to === 'web/paths.ts'
        return from === rendersMail && (allowed.includes(to) || to.startsWith('preact'))
      }),
    ).toEqual([])
  })

  test('let services import the dependencies and the bus only as types', () => {
    const byType = ['src/process/deps.ts', 'src/live/bus/bus.ts', 'src/live/bus/redis.ts', 'src/app.ts']
    const services = product.filter(({ from }) => isService(from) && !from.startsWith('src/live/bus/'))
    expect(offending(services, ({ to, typeOnly }) => typeOnly || !byType.includes(to))).toEqual([])
  })

  test('let entities import only entities, schemas and limits of the project', () => {
    const entities = product.filter(({ from, to }) => isEntity(from) && to.startsWith('src/'))
    expect(offending(entities, ({ to }) => isNamed('entity', 'schema', 'limits')(to))).toEqual([])
  })

  test('let only routes and pages import components', () => {
    const shared = ['web/paths.ts', 'web/admin/paths.ts', 'web/text/text.ts', 'web/build.ts']
    const components = product.filter(({ to }) => to.startsWith('web/') && !shared.includes(to))
    const renders = (file: string) => isEndpoint(file) || file === 'src/http/responses.tsx'
    expect(offending(components, ({ from, typeOnly }) => typeOnly || renders(from))).toEqual([])
  })

  test('let web import only types of schemas and constants of limits from the server', () => {
    const ofSrc = web.filter(({ to }) => to.startsWith('src/'))
    expect(ofSrc.length).toBeGreaterThan(5)
    const isAllowed = ({ to, typeOnly }: Import) =>
      typeOnly ? isSchema(to) || isNamed('limits')(to) : /^src\/(.+\/)?limits\.ts$/.test(to)
    expect(offending(ofSrc, isAllowed)).toEqual([])
  })

  test('let limits import nothing', () => {
    expect(offending(product, ({ from }) => !from.endsWith('/limits.ts'))).toEqual([])
  })

  test('let the paths import nothing', () => {
    expect(offending(web, ({ from }) => from !== 'web/chat/paths.ts')).toEqual([])
  })

  test('let migrations import nothing of the project', () => {
    const migrations = production.filter(({ from }) => from.startsWith('migrations/'))
    expect(migrations.length).toBeGreaterThan(0)
    expect(offending(migrations, ({ to }) => !/^(src|web|test)\//.test(to))).toEqual([])
  })

  test('let no production file import tests or their tools', () => {
    const forTests = /\.test\.tsx?$|^(test|e2e|bench|faults|scripts|simulation)\/|^bun:test$|^fast-check$/
    expect(offending(production, ({ to }) => !forTests.test(to))).toEqual([])
  })
})

/** Returns all imports of a file. The transpiler drops type imports, so they are read from the source. */
async function importsOf(from: string): Promise<Import[]> {
  const text = await Bun.file(join(root, from)).text()
  const transpiler = new Bun.Transpiler({ loader: from.endsWith('.tsx') ? 'tsx' : 'ts' })
  const runtime = new Set(transpiler.scanImports(text).map(({ path }) => path))
  const written = [...text.matchAll(/^(?:import|export)\b[^'"`;]*?\bfrom '([^']+)'|^import '([^']+)'/gm)]
  const all = new Set([...runtime, ...written.map(([, one, other]) => one ?? other!)])
  return [...all]
    .filter((path) => path !== 'preact/jsx-runtime' && path !== 'preact/jsx-dev-runtime')
    .map((path) => ({
      from,
      to: path.startsWith('.') ? relative(root, join(root, dirname(from), path)) : path,
      typeOnly: !runtime.has(path),
    }))
}
