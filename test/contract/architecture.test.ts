import { describe, expect, test } from 'bun:test'
import { dirname, join, relative } from 'node:path'

const root = join(import.meta.dirname, '../..')
const features = ['accounts', 'conversations', 'messages', 'safety', 'live', 'admin']

/** One `import` of a file: from another file of ours, by its path from the root, or from a package. */
type Import = { from: string; to: string; typeOnly: boolean }

const files = [
  ...new Bun.Glob('{src,web,migrations,e2e,bench,scripts,simulation}/**/*.{ts,tsx}').scanSync(root),
]
  .filter((file) => !/\.d\.ts$/.test(file))
  .toSorted()
const imports = (await Promise.all(files.map(importsOf))).flat()

/** The product: what is neither a test nor made for tests. */
const product = imports.filter(
  ({ from }) => from.startsWith('src/') && !/\.test\.tsx?$|^src\/testing\//.test(from),
)
const web = imports.filter(({ from }) => from.startsWith('web/') && !/\.test\.tsx?$/.test(from))

/** Those of the imports that must not be there. */
const offending = (some: Import[], allowed: (one: Import) => boolean) =>
  some
    .filter((one) => !allowed(one))
    .map(({ from, to, typeOnly }) => `${from} -> ${typeOnly ? 'type of ' : ''}${to}`)
const partOf = (file: string) => /^src\/(\w+)\//.exec(file)?.[1]
const isFeature = (file: string) => features.includes(partOf(file) ?? '')
const isNamed = (...names: string[]) => {
  const pattern = new RegExp(`/(${names.join('|')})\\.tsx?$`)
  return (file: string) => pattern.test(file)
}
const endpoints = ['([\\w-]+-)?routes', '([\\w-]+-)?pages']
const answers = isNamed(...endpoints, 'auth', 'sign-in/service', 'sse', 'socket', 'cli')

describe('the import rules', () => {
  test('are held by all that is written: every import was read', () => {
    expect(product.length).toBeGreaterThan(100)
    expect(imports).toContainEqual({ from: 'src/main.ts', to: 'src/app.ts', typeOnly: false })
    expect(imports).toContainEqual({
      from: 'src/messages/service.ts',
      to: 'src/process/deps.ts',
      typeOnly: true,
    })
    expect(imports).toContainEqual({ from: 'src/app.ts', to: 'elysia', typeOnly: false })
  })

  test('only the adapters import the app, and nothing imports the adapters', () => {
    const adapters = ['src/main.ts', 'src/fetch.ts']
    expect(offending(product, ({ from, to }) => to !== 'src/app.ts' || adapters.includes(from))).toEqual([])
    expect(offending(product, ({ to }) => !adapters.includes(to))).toEqual([])
  })

  test('only the app imports routes and pages: a feature uses the services of another, never its routes', () => {
    const isAnswering = isNamed(...endpoints)
    expect(offending(product, ({ from, to }) => !isAnswering(to) || from === 'src/app.ts')).toEqual([])
  })

  test('services and entities know no Elysia, no HTML and no Request', () => {
    const inside = product.filter(({ from }) => isFeature(from) && !answers(from) && !isNamed('schema')(from))
    const outside =
      /^(elysia|preact|htmx\.org)|^web\/|^src\/(app|openapi|http\/(responses|security|viewer|schema|request-context))\b/
    // Its plugin signs tokens, and needs nothing else of it.
    expect(offending(inside, ({ to, typeOnly }) => typeOnly || !outside.test(to))).toEqual([])
  })

  test('services know of deps and of the bus by type', () => {
    const services = product.filter(({ from }) => isNamed('service', 'people', 'session', 'notify')(from))
    const byType = ['src/process/deps.ts', 'src/live/bus/bus.ts', 'src/live/bus/redis.ts', 'src/app.ts']
    expect(offending(services, ({ to, typeOnly }) => typeOnly || !byType.includes(to))).toEqual([])
  })

  test('entities know entities and schemas, and nothing else of ours', () => {
    const entities = product.filter(({ from, to }) => isNamed('entity')(from) && to.startsWith('src/'))
    expect(offending(entities, ({ to }) => isNamed('entity', 'schema')(to))).toEqual([])
  })

  test('only what answers imports components', () => {
    const texts = ['web/paths.ts', 'web/text/text.ts', 'web/build.ts']
    const components = product.filter(({ to }) => to.startsWith('web/') && !texts.includes(to))
    expect(offending(components, ({ from }) => answers(from) || from === 'src/http/responses.tsx')).toEqual(
      [],
    )
  })

  test('the browser gets no code of the server: web imports types of schemas, and nothing else of src', () => {
    const ofSrc = web.filter(({ to }) => to.startsWith('src/'))
    expect(ofSrc.length).toBeGreaterThan(5)
    expect(offending(ofSrc, ({ to, typeOnly }) => typeOnly && /^src\/\w+\/schema\.ts$/.test(to))).toEqual([])
  })

  test('the paths import nothing', () => {
    expect(offending(web, ({ from }) => from !== 'web/paths.ts')).toEqual([])
  })

  test('migrations import nothing from src', () => {
    const migrations = imports.filter(({ from }) => from.startsWith('migrations/'))
    expect(migrations.length).toBeGreaterThan(0)
    expect(offending(migrations, ({ to }) => /^@mikro-orm\/|^migrations\//.test(to))).toEqual([])
  })

  test('nothing that is delivered imports tests, or what is made for them', () => {
    const forTests = /\.test\.tsx?$|^src\/testing\/|^(e2e|bench|scripts|simulation)\/|^bun:test$|^fast-check$/
    const delivered = [...product, ...web.filter(({ from }) => from !== 'test/support/page-fakes.ts')]
    expect(offending(delivered, ({ to }) => !forTests.test(to))).toEqual([])
  })
})

/** Reads all imports, also those of types, which leave no trace in what runs. */
async function importsOf(from: string): Promise<Import[]> {
  const text = await Bun.file(join(root, from)).text()
  const transpiler = new Bun.Transpiler({ loader: from.endsWith('.tsx') ? 'tsx' : 'ts' })
  const running = new Set(transpiler.scanImports(text).map(({ path }) => path))
  const written = [...text.matchAll(/^(?:import|export)\b[^'"`;]*?\bfrom '([^']+)'|^import '([^']+)'/gm)]
  const all = new Set([...running, ...written.map(([, one, other]) => one ?? other!)])
  return [...all]
    .filter((path) => path !== 'preact/jsx-runtime' && path !== 'preact/jsx-dev-runtime')
    .map((path) => ({
      from,
      to: path.startsWith('.') ? relative(root, join(root, dirname(from), path)) : path,
      typeOnly: !running.has(path),
    }))
}
