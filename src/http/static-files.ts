import { join } from 'node:path'
import { Elysia } from 'elysia'
import type { Assets as BuiltAssets } from '../../web/build.ts'
import { paths } from '../../web/paths.ts'
import { NotFound, StartError } from './errors.ts'
import { chooseEncoding } from './negotiation.ts'

type File = {
  type: string
  immutable: boolean
  encodings: Partial<Record<'br' | 'gzip' | 'identity', Uint8Array<ArrayBuffer>>>
}

/** The output of `bun run build`: the URLs that pages refer to, and the files by path. */
export type Assets = Pick<BuiltAssets, 'client' | 'styles' | 'passkeys'> & {
  files: ReadonlyMap<string, File>
}

/** Reads the built files into memory. @throws StartError when there is no build */
export async function readAssets(): Promise<Assets> {
  // Loaded on demand: not every runtime has files.
  const { readFileSync } = await import('node:fs')
  const dist = join(import.meta.dirname, '../../dist')
  const read = (file: string) => new Uint8Array(readFileSync(join(dist, file)))
  const { client, styles, passkeys, files } = parseManifest(() => read('manifest.json'))
  return {
    client,
    styles,
    passkeys,
    files: new Map(
      Object.entries(files).map(([path, { file, type, immutable, compressed }]) => [
        path,
        {
          type,
          immutable,
          encodings: {
            ...(compressed && { br: read(`${file}.br`), gzip: read(`${file}.gz`) }),
            identity: read(file),
          },
        },
      ]),
    ),
  }
}

/** Serves scripts, styles and images, compressed at build time. Files with a hash in their name are cached forever. */
export function assetRoutes({ assets }: { assets: Assets }) {
  return new Elysia().get(
    `${paths.assets}/*`,
    ({ request }) => {
      const file = assets.files.get(new URL(request.url).pathname)
      if (!file) throw new NotFound()
      const { br, gzip } = file.encodings
      const encoding = chooseEncoding(request, br && gzip ? ['br', 'gzip', 'identity'] : ['identity'])
      return new Response(file.encodings[encoding], {
        headers: {
          'content-type': file.type,
          'cache-control': file.immutable ? 'public, max-age=31536000, immutable' : 'public, max-age=3600',
          vary: 'Accept-Encoding',
          ...(encoding !== 'identity' && { 'content-encoding': encoding }),
        },
      })
    },
    { detail: { hide: true } },
  )
}

function parseManifest(read: () => Uint8Array): BuiltAssets {
  try {
    return JSON.parse(new TextDecoder().decode(read()))
  } catch {
    throw new StartError('The pages are not built. Run `bun run build`.')
  }
}
