import { afterAll, describe, expect, test } from 'bun:test'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { freePort, tool } from '../../scripts/servers.ts'
import { PICTURE_BYTES } from '../../src/accounts/profile/picture-limits.ts'
import { paths } from '../../web/paths.ts'
import { newFolder, sqlite } from '../support/chat.ts'
import { openEvents } from '../support/events.ts'
import { newPerson } from '../support/person.ts'
import { png } from '../support/pictures.ts'
import { openSocket, startServer } from '../support/server.ts'

const guide = readFileSync(join(import.meta.dirname, '../../docs/operating.md'), 'utf8')
const [, caddyBlock] = /### Caddy[^`]*```\n([\s\S]*?)```/.exec(guide)!
const [, nginxBlock] = /```nginx\n([\s\S]*?)```/.exec(guide)!

type Addresses = { folder: string; port: number; app: string }

/** Each proxy with its block of the guide, and only without TLS. */
const proxies = [
  {
    name: 'nginx',
    program: () => tool('nginx', ['nginx'], ['nginx-light']),
    config({ folder, port, app }: Addresses) {
      const block = nginxBlock!
        .replace(/ssl_certificate.*\n/g, '')
        .replace('listen 443 ssl', `listen 127.0.0.1:${port}`)
        .replace('127.0.0.1:3000', app)
      const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
      const folders = temporary.map((name) => `${name}_temp_path ${folder}/${name};`).join(' ')
      const http = `http { access_log off; ${folders} ${block} }`
      return `daemon off; pid ${folder}/pid; error_log ${folder}/log; events {} ${http}`
    },
    command: (file: string) => ['-c', file],
  },
  {
    name: 'Caddy',
    program: () => tool('Caddy', ['caddy'], ['caddy']),
    config({ folder, port, app }: Addresses) {
      const block = caddyBlock!
        .replace('chat.example.org', `http://127.0.0.1:${port}`)
        .replace('localhost:3000', app)
      return `{\n  admin off\n  storage file_system ${folder}\n}\n${block}`
    },
    command: (file: string) => ['run', '--config', file, '--adapter', 'caddyfile'],
  },
]

describe.each(proxies)('behind $name as printed, but without TLS,', async ({ program, config, command }) => {
  const server = await startServer(sqlite, { TRUSTED_PROXIES: '127.0.0.1,::1' })
  const folder = newFolder()
  const port = await freePort()
  const file = join(folder, 'config')
  writeFileSync(file, config({ folder, port, app: new URL(server.origin).host }))
  const proxy = Bun.spawn([await program(), ...command(file)], {
    env: { ...process.env, XDG_CONFIG_HOME: folder, XDG_DATA_HOME: folder },
    stdio: ['ignore', 'ignore', 'ignore'],
  })
  afterAll(async () => {
    proxy.kill('SIGKILL')
    await proxy.exited
    await server.close()
    rmSync(folder, { recursive: true })
  })
  const origin = `http://127.0.0.1:${port}`
  const isLive = () => fetch(`${origin}${paths.live}`).then(({ ok }) => ok)
  while (proxy.exitCode === null && !(await isLive().catch(() => false)));
  const ada = newPerson({ origin, fetch: (request) => fetch(request) })
  await ada.signUp('ada')
  const authorization = `Bearer ${ada.token}`

  /** A picture of the given size: PNG ignores bytes after its end. */
  const picture = (bytes: number) => Buffer.concat([png(20, 20), Buffer.alloc(bytes)]).subarray(0, bytes)

  test('the largest picture is stored, and a larger one explained by ChatApp', async () => {
    const put = (bytes: number) =>
      ada.fetch(paths.api.avatar, {
        method: 'PUT',
        headers: { 'content-type': 'image/png', authorization },
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

  test('a WebSocket is opened, and an event stream is not buffered', async () => {
    const socket = await openSocket({ ...server, origin }, ada)
    const stream = await openEvents(ada)
    await stream.next('ready')
    await ada.post(paths.api.messages('ada'), { body: 'a note' })
    expect(await socket.next()).toMatchObject({ type: 'message', with: 'ada' })
    expect(await stream.next()).toMatchObject({ type: 'message', with: 'ada' })
    socket.leave()
    stream.leave()
  })
})

test('the printed configuration of nginx sets no limit below those of ChatApp', () => {
  expect(nginxBlock).toMatch(/client_max_body_size 0;/)
  expect(nginxBlock).toMatch(/large_client_header_buffers \d+ 32k;/)
})
