import { afterAll, describe, expect, test } from 'bun:test'
import { openChat, sqlite } from '../../test/support/chat.ts'
import { paths } from '../../web/paths.ts'

describe('the static files', async () => {
  const chat = await openChat(sqlite)
  afterAll(() => chat.close())
  const { client: clients, styles, files } = chat.deps.assets
  const client = clients.en
  const get = (path: string, encoding = '') =>
    chat.stranger().fetch(path, { headers: { 'accept-encoding': encoding } })

  test('have the right type and are cached forever if pages refer to them', async () => {
    for (const [path, type] of [
      [client, 'text/javascript; charset=utf-8'],
      [styles, 'text/css; charset=utf-8'],
    ] as const) {
      const { status, headers } = await get(path)
      expect([status, headers.get('content-type')]).toEqual([200, type])
      expect(headers.get('cache-control')).toBe('public, max-age=31536000, immutable')
    }
  })

  test('are sent with the best encoding that the browser accepts, with the same content', async () => {
    const plain = await (await get(client)).text()
    const sizes: number[] = []
    for (const [accepted, encoding] of [
      ['gzip, deflate, br', 'br'],
      ['gzip', 'gzip'],
      ['', null],
      ['zstd', null],
    ] as const) {
      const { headers, body } = await get(client, accepted)
      expect([headers.get('content-encoding'), headers.get('vary')]).toEqual([encoding, 'Accept-Encoding'])
      const bytes = await new Response(body).bytes()
      sizes.push(bytes.length)
      if (encoding === 'gzip') expect(new TextDecoder().decode(Bun.gunzipSync(bytes))).toBe(plain)
    }
    expect(sizes[0]).toBeLessThan(sizes[1]!)
    expect(sizes[1]).toBeLessThan(sizes[2]! / 2)
  })

  test('are all served, and none is empty', async () => {
    for (const path of files.keys()) {
      const response = await get(path)
      expect([path, response.status]).toEqual([path, 200])
      expect((await response.arrayBuffer()).byteLength).toBeGreaterThan(50)
    }
  })

  test('include no files but the built ones', async () => {
    for (const path of [
      '/',
      '/nothing.js',
      '/../manifest.json',
      '/%2e%2e/manifest.json',
      '/..%2fmanifest.json',
      '/../../src/main.ts',
      '/__proto__',
    ]) {
      expect((await get(`${paths.assets}${path}`)).status).toBe(404)
    }
  })
})
