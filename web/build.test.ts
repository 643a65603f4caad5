import { afterAll, expect, test } from 'bun:test'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from './build.ts'

const out = await mkdtemp(join(tmpdir(), 'chatapp-assets-'))
afterAll(() => rm(out, { recursive: true }))

test('a build lists every file with its metadata, and removes all others', async () => {
  await Bun.write(join(out, 'assets/client-of-last-year.js'), '')
  const assets = await build({ out })
  expect(await Bun.file(join(out, 'manifest.json')).json()).toEqual(assets)
  expect(Object.keys(assets.files)).toContainValues([
    ...Object.values(assets.client),
    assets.styles,
    '/assets/icon.svg',
  ])
  const expected = Object.values(assets.files).flatMap(({ file, compressed }) =>
    compressed ? [file, `${file}.br`, `${file}.gz`] : [file],
  )
  const found = await Array.fromAsync(new Bun.Glob('assets/*').scan(out))
  expect(found.sort()).toEqual(expected.sort())
  for (const [url, { file, size, immutable }] of Object.entries(assets.files)) {
    expect(Bun.file(join(out, file)).size).toBe(size)
    expect(immutable).toBe(/-[0-9a-z]{8,}\.(?:js|css)$/.test(url))
  }
})

test('the chat page loads at most 36 KB of scripts and 10 KB of styles, compressed by gzip', async () => {
  const { client, styles, files } = await build({ out })
  const weight = (url: string) => Bun.file(join(out, `${files[url]!.file}.gz`)).size
  expect(weight(client.en)).toBeLessThan(36_000)
  expect(weight(client.zh)).toBeLessThan(36_000)
  expect(weight(styles)).toBeLessThan(10_000)
})

test('a script of the chat page contains the texts of one language, and no texts of other pages', async () => {
  const { client } = await build({ out })
  const [en, zh] = await Promise.all([client.en, client.zh].map((url) => Bun.file(join(out, url)).text()))
  expect(en).toContain('Write a message first.')
  expect(en).not.toContain('请先输入消息')
  expect(zh).toContain('请先输入消息')
  for (const script of [en, zh]) expect(script).not.toContain('This username is taken.')
  expect(zh).not.toContain('Write a message first.')
})
