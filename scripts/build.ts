// `bun run build`: builds all that the server needs into dist/. That folder runs without the sources and without node_modules.
import { copyFile, mkdir, readdir, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { build as buildPages } from '../web/build.ts'

const root = join(import.meta.dirname, '..')
const dist = join(root, 'dist')

await Promise.all([buildPages(), buildServer(), copyDocs()])

/** Builds the server and the commands. A few files start twice as fast as hundreds of modules. */
async function buildServer(): Promise<void> {
  const folder = join(dist, 'server')
  const programs = [
    'main.ts',
    'admin/admin-cli.ts',
    'database/migrate-cli.ts',
    'accounts/profile/picture-decoder.ts',
  ]
  const { outputs } = await Bun.build({
    entrypoints: programs.map((file) => join(root, 'src', file)),
    naming: { entry: '[name].[ext]' },
    target: 'bun',
    // Parts that are loaded on demand stay separate.
    splitting: true,
    // Bun uses the maps: stack traces show lines of the sources.
    sourcemap: 'linked',
  })
  await mkdir(folder, { recursive: true })
  for (const output of outputs) {
    const file = join(folder, basename(output.path))
    // Another process may be starting from this folder.
    await Bun.write(`${file}.${process.pid}`, output)
    await rename(`${file}.${process.pid}`, file)
  }
  const built = new Set(outputs.map(({ path }) => basename(path)))
  for (const name of await readdir(folder))
    if (!built.has(name)) await rm(join(folder, name), { force: true })
}

/** Copies the files of the API reference. */
async function copyDocs(): Promise<void> {
  const folder = join(dist, 'docs')
  const swaggerUi = dirname(Bun.resolveSync('swagger-ui-dist/package.json', root))
  const page = join(root, 'src/openapi')
  const files = [
    ...['swagger-ui.css', 'swagger-ui-bundle.js'].map((name) => join(swaggerUi, name)),
    ...['page.css', 'init.js'].map((name) => join(page, name)),
  ]
  await mkdir(folder, { recursive: true })
  await Promise.all(files.map((file) => copyFile(file, join(folder, basename(file)))))
}
