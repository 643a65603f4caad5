import { afterAll, describe, expect, test } from 'bun:test'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { PICTURE_BYTES } from '../../src/accounts/profile/picture-limits.ts'
import { paths } from '../../web/paths.ts'
import { newFolder, sqlite } from '../support/chat.ts'
import { newPerson } from '../support/person.ts'
import { png } from '../support/pictures.ts'
import { startServer } from '../support/server.ts'

const guide = readFileSync(join(import.meta.dirname, '../../docs/operating.md'), 'utf8')
const block = /```nginx\n([\s\S]*?)```/.exec(guide)![1]!

test('the printed configuration of nginx sets no limit below those of ChatApp', () => {
  expect(block).toMatch(/client_max_body_size 0;/)
  expect(block).toMatch(/large_client_header_buffers \d+ 32k;/)
})

/** Not installed by the tests: nothing else needs it. */
const nginx = Bun.which('nginx')

describe.skipIf(!nginx)('behind nginx as printed, but without TLS,', async () => {
  const server = nginx ? await startServer(sqlite, { TRUSTED_PROXIES: '127.0.0.1,::1' }) : null!
  const folder = newFolder()
  const port = freePort()
  const proxy = nginx ? startProxy() : null!
  afterAll(async () => {
    proxy?.kill()
    await proxy?.exited
    await server?.close()
    rmSync(folder, { recursive: true })
  })
  const origin = `http://127.0.0.1:${port}`
  const ada = newPerson({ origin, fetch: (request) => fetch(request) })
  /** A picture of the given size: PNG ignores bytes after its end. */
  const picture = (bytes: number) => Buffer.concat([png(20, 20), Buffer.alloc(bytes)]).subarray(0, bytes)

  test('the largest picture is stored, and a larger one explained by ChatApp', async () => {
    await untilListening()
    await ada.signUp('ada')
    const put = (bytes: number) =>
      ada.fetch(paths.api.avatar, {
        method: 'PUT',
        headers: { 'content-type': 'image/png', authorization: `Bearer ${ada.token}` },
        body: picture(bytes),
      })
    expect((await put(PICTURE_BYTES)).status).toBe(204)
    const refused = await put(140_000_000)
    expect([refused.status, refused.headers.get('content-type')]).toEqual([413, 'application/problem+json'])
  })

  test('too many cookies are explained by ChatApp', async () => {
    const headers = { cookie: `a=${'x'.repeat(20_000)}`, accept: 'text/html' }
    const page = await fetch(`${origin}${paths.signIn}`, { headers })
    expect(page.status).toBe(431)
    expect(await page.text()).toContain('Too many cookies')
  })

  function startProxy() {
    const config = block
      .replace(/ssl_certificate.*\n/g, '')
      .replace('listen 443 ssl', `listen 127.0.0.1:${port}`)
      .replace('127.0.0.1:3000', new URL(server.origin).host)
    const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
      (name) => `${name}_temp_path ${folder}/${name};`,
    )
    const file = join(folder, 'nginx.conf')
    const http = `http { access_log off; ${temporary.join(' ')} ${config} }`
    writeFileSync(file, `daemon off; pid ${folder}/pid; error_log ${folder}/log; events {} ${http}`)
    return Bun.spawn([nginx!, '-c', file], { stdout: 'ignore', stderr: 'ignore' })
  }

  async function untilListening(): Promise<void> {
    const live = () => fetch(`${origin}${paths.live}`).then(({ ok }) => ok)
    while (!(await live().catch(() => false)));
  }
})

function freePort(): number {
  const probe = Bun.serve({ port: 0, fetch: () => new Response() })
  const { port } = probe
  probe.stop(true)
  return port!
}
