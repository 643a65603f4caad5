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
  expect(Object.keys(assets.files)).toContainValues([assets.client, assets.styles, '/assets/icon.svg'])
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
  const { files, passkeys } = await build({ out })
  const weight = (ending: string) => {
    let total = 0
    for (const [url, { file }] of Object.entries(files)) {
      // For signing in and the settings.
      if (url === passkeys || !file.endsWith(ending)) continue
      total += Bun.file(join(out, `${file}.gz`)).size
    }
    return total
  }
  expect(weight('.js')).toBeLessThan(36_000)
  expect(weight('.css')).toBeLessThan(10_000)
})

test('the scripts of the chat page contain no texts of other pages', async () => {
  const { client } = await build({ out })
  const script = await Bun.file(join(out, client)).text()
  expect(script).toContain('Write a message first.')
  expect(script).not.toContain('This username is taken.')
})
