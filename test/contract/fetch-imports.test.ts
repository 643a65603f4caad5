import { expect, test } from 'bun:test'
import { isBuiltin } from 'node:module'
import { join } from 'node:path'

/**
 * Modules of Node that Deno, Bun and Cloudflare Workers have, too (https://docs.deno.com/api/node/,
 * https://developers.cloudflare.com/workers/runtime-apis/nodejs/). Files, processes, threads and SQLite are not among them.
 */
const PORTABLE = [
  'node:async_hooks',
  'node:crypto',
  'node:diagnostics_channel',
  'node:http',
  'node:net',
  'node:path',
  'node:process',
  'node:timers/promises',
  'node:util',
  'node:zlib',
]

/** Parts that only some runtimes can load, or that only some settings need. */
const ON_DEMAND = [
  'src/database/sqlite.ts',
  'src/database/file-lock.ts',
  'src/process/data-dir.ts',
  'src/database/mysql-driver.ts',
  'src/live/bus/redis.ts',
  'migrations/series.ts',
  'node_modules/@node-rs/argon2/',
  'node_modules/@mikro-orm/migrations/',
  'node_modules/mysql2/',
  'node_modules/pino/',
]

const { files, modules } = await loadedBy('src/fetch.ts')

test('the module for other runtimes loads all routes', () => {
  expect(files).toContain('src/accounts/password/hash.ts')
  expect(files).toContain('src/openapi/routes.ts')
  expect(files.filter((file) => file.startsWith('src/')).length).toBeGreaterThan(150)
})

test('it loads nothing of Node that other runtimes lack, no part of Bun and no native code', () => {
  expect(modules.filter(({ name }) => !PORTABLE.includes(name))).toEqual([])
  expect(PORTABLE.filter((portable) => !modules.some(({ name }) => name === portable))).toEqual([])
})

test('it loads databases, migrations, files and password hashes only when they are used', () => {
  for (const part of ON_DEMAND) expect(files.filter((file) => file.startsWith(part))).toEqual([])
})

/** A module that is not a file, such as one of Node, and the file that imports it. */
type Module = { name: string; from: string }

/** Returns what is loaded with the file, directly and indirectly, except by dynamic imports. */
async function loadedBy(entry: string): Promise<{ files: string[]; modules: Module[] }> {
  const root = join(import.meta.dirname, '../..')
  const { metafile } = await Bun.build({
    entrypoints: [join(root, entry)],
    root,
    target: 'node',
    // Parts that are loaded on demand stay separate.
    splitting: true,
    metafile: true,
  })
  const { inputs } = metafile!
  const files = new Set([entry])
  const modules: Module[] = []
  for (const file of files) {
    for (const { path, kind } of inputs[file]?.imports ?? []) {
      if (kind === 'dynamic-import') continue
      if (inputs[path]) files.add(path)
      // The bundle leaves out files of packages of which nothing is used.
      else if (!/^node_modules\/.+\.[cm]?js$/.test(path))
        modules.push({ name: isBuiltin(path) ? path.replace(/^(?!node:)/, 'node:') : path, from: file })
    }
  }
  return { files: [...files], modules }
}
