import { mkdir, readdir, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { brotliCompressSync } from 'node:zlib'
import { browserslistToTargets, bundle } from 'lightningcss'
import type { Language } from '../src/accounts/profile/schema.ts'
import { paths } from './paths.ts'
import type { PageAssets } from './ui/layout.tsx'

type AssetFile = {
  /** Relative to the output folder. */
  file: string
  type: string
  /** Bytes, uncompressed. */
  size: number
  /** Its name contains its hash, so it may be cached forever. */
  immutable: boolean
  /** Compressed versions with `.br` and `.gz` are next to it. */
  compressed: boolean
}
export type Assets = Required<PageAssets> & { files: Record<string, AssetFile> }

const web = import.meta.dir
const TYPES: Record<string, string> = {
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  svg: 'image/svg+xml',
  png: 'image/png',
  webmanifest: 'application/manifest+json',
}

/** Builds the browsers' files into `out`/assets, writes their list to `out`/manifest.json, and returns that list. */
export async function build({
  entry = join(web, 'client/main.tsx'),
  out = join(web, '../dist'),
} = {}): Promise<Assets> {
  const folder = join(out, 'assets')
  await mkdir(folder, { recursive: true })
  const clients = { en: await buildClient(entry, 'en'), zh: await buildClient(entry, 'zh') }
  const passkeys = await buildPasskeys()
  const styles = buildStyles()
  const icons = await Array.fromAsync(new Bun.Glob('*').scan(join(web, 'icons')), async (name) => ({
    name,
    bytes: await Bun.file(join(web, 'icons', name)).bytes(),
    immutable: false,
  }))

  const files: Assets['files'] = {}
  for (const built of [clients.en, clients.zh, passkeys, styles, ...icons])
    files[urlOf(built.name)] = await store(folder, built)
  await sweep(folder, files)
  const assets = {
    client: { en: urlOf(clients.en.name), zh: urlOf(clients.zh.name) },
    styles: urlOf(styles.name),
    passkeys: urlOf(passkeys.name),
    files,
  }
  await Bun.write(join(out, 'manifest.json'), `${JSON.stringify(assets, null, 2)}\n`)
  return assets
}

type Built = { name: string; bytes: Uint8Array; immutable: boolean }

const urlOf = (name: string) => `${paths.assets}/${name}`

const forBrowsers = {
  target: 'browser',
  minify: true,
  define: { 'process.env.NODE_ENV': '"production"' },
} as const

/** The chat page's script. Its texts are about a tenth of it, so it contains only those of one language. */
async function buildClient(entry: string, language: Language): Promise<Built> {
  const { outputs } = await Bun.build({
    ...forBrowsers,
    entrypoints: [entry],
    naming: `client-${language}-[hash].[ext]`,
    plugins: [
      {
        name: 'texts of one language',
        setup(bundler) {
          bundler.onResolve({ filter: /^\.\/(en|zh)\/chat\.ts$/ }, ({ importer }) => ({
            path: join(dirname(importer), language, 'chat.ts'),
          }))
        },
      },
    ],
  })
  return built(outputs[0]!)
}

/** Built separately, so that the chat page does not load it. */
async function buildPasskeys(): Promise<Built> {
  const entrypoints = [join(web, 'client/passkeys.ts')]
  const { outputs } = await Bun.build({ ...forBrowsers, entrypoints, naming: '[name]-[hash].[ext]' })
  return built(outputs[0]!)
}

async function built(output: Bun.BuildArtifact): Promise<Built> {
  return {
    name: basename(output.path),
    bytes: new Uint8Array(await output.arrayBuffer()),
    immutable: true,
  }
}

/** Browsers of the last three years, which all support `:has()`. */
const targets = browserslistToTargets(['chrome 120', 'firefox 121', 'safari 17.2', 'ios_saf 17.2'])

function buildStyles(): Built {
  const { code } = bundle({ filename: join(web, 'styles/main.css'), minify: true, targets })
  return { name: `styles-${Bun.hash(code).toString(36)}.css`, bytes: code, immutable: true }
}

async function store(folder: string, { name, bytes, immutable }: Built): Promise<AssetFile> {
  const path = join(folder, name)
  const extension = name.slice(name.lastIndexOf('.') + 1)
  const compressed = extension !== 'png'
  // A file with a hash in its name never changes.
  if (!immutable || !(await Bun.file(`${path}.gz`).exists())) {
    await Bun.write(path, bytes)
    if (compressed) {
      await Bun.write(`${path}.br`, brotliCompressSync(bytes))
      await Bun.write(`${path}.gz`, Bun.gzipSync(Buffer.from(bytes), { level: 12, library: 'libdeflate' }))
    }
  }
  return {
    file: `assets/${name}`,
    type: TYPES[extension] ?? 'application/octet-stream',
    size: bytes.length,
    immutable,
    compressed,
  }
}

/** Removes the files of earlier builds. */
async function sweep(folder: string, files: Assets['files']) {
  const kept = new Set(Object.values(files).map(({ file }) => basename(file)))
  for (const name of await readdir(folder)) {
    if (!kept.has(name.replace(/\.(?:br|gz)$/, ''))) await rm(join(folder, name))
  }
}
