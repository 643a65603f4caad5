// `bun run build`: builds the browsers' files into dist/assets, and the server into dist/server.
import { mkdir, readdir, rename, rm } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { build as buildPages } from '../web/build.ts'

const root = join(import.meta.dirname, '..')

await Promise.all([buildPages(), buildServer()])

/** One file, and one for each part that is loaded on demand, start twice as fast as hundreds of modules. */
async function buildServer(): Promise<void> {
  const folder = join(root, 'dist/server')
  const { outputs } = await Bun.build({
    entrypoints: [join(root, 'src/main.ts')],
    target: 'bun',
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
