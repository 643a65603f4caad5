import { gzipSync } from 'node:zlib'
import { build } from '../web/build.ts'

/** `bun bench/size.ts`: what a browser loads for the chat page, beside its budget. Kilobytes of 1,000 bytes, gzipped. */
const BUDGETS = { scripts: 35, styles: 10 }

const { client, preload, styles, files } = await build()
const gzipped = async (url: string) =>
  gzipSync(await Bun.file(new URL(`../dist/${files[url]?.file}`, import.meta.url)).bytes(), { level: 9 })
    .length / 1000

const scripts = await Promise.all([client, ...preload].map(gzipped))
console.table({
  scripts: row(
    scripts.reduce((sum, size) => sum + size, 0),
    BUDGETS.scripts,
  ),
  styles: row(await gzipped(styles), BUDGETS.styles),
})

function row(size: number, budget: number) {
  return { 'KB gzipped': Number(size.toFixed(1)), budget, met: size <= budget }
}
