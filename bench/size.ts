import { build } from '../web/build.ts'
import type { Row } from './table.ts'

/** Measures the scripts and styles of the chat page, in units of 1,000 bytes. */
export async function size(): Promise<Row[]> {
  const { client, styles, files } = await build()
  const gzipped = (url: string) =>
    Bun.file(new URL(`../dist/${files[url]?.file}.gz`, import.meta.url)).size / 1000
  const scripts = Math.max(...Object.values(client).map(gzipped))
  return [
    { what: 'scripts of the chat page, gzipped', unit: 'KB', app: [scripts], budget: { atMost: 36 } },
    { what: 'styles, gzipped', unit: 'KB', app: [gzipped(styles)], budget: { atMost: 10 } },
  ]
}
