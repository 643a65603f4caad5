import { afterAll, describe, expect, test } from 'bun:test'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Validator } from '@seriousme/openapi-schema-validator'
import { openChat, sqlite } from '../../test/support/chat.ts'
import { readDocument } from '../../test/support/openapi-document.ts'
import { paths } from '../../web/paths.ts'

/** Operations that need no session. All others respond with 401 without one. */
const PUBLIC = [
  'signUp',
  'signIn',
  'backChannelLogout',
  'requestPasskey',
  'signInWithPasskey',
  'requestPasswordReset',
  'completePasswordReset',
  'verifyEmail',
  'isLive',
  'isReady',
]

// Includes the optional operations.
const env = {
  ADMIN_READS_MESSAGES: 'on',
  OIDC_ISSUER: 'https://id.example.org',
  OIDC_CLIENT_ID: 'chat',
  OIDC_CLIENT_SECRET: 'secret',
}
const chat = await openChat(sqlite, { env })
afterAll(() => chat.close())
const { document, operations } = await readDocument(chat)
const get = (path: string, headers: Record<string, string> = {}) =>
  chat.app.fetch(new Request(`http://localhost${path}`, { headers }))

describe('the API document', () => {
  test('is valid OpenAPI 3.0.3', async () => {
    expect(document).toMatchObject({ openapi: '3.0.3' })
    expect(await new Validator().validate({ ...document })).toMatchObject({ valid: true })
  })

  test('passes the linter', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'chatapp-test-'))
    await Bun.write(join(folder, 'openapi.json'), JSON.stringify(document))
    const redocly = fileURLToPath(import.meta.resolve('@redocly/cli/bin/cli.js'))
    const env = { ...process.env, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' }
    const lint = Bun.spawn(
      [process.execPath, redocly, 'lint', '--extends=minimal', '--format=json', 'openapi.json'],
      { cwd: folder, env, stdio: ['ignore', 'pipe', 'ignore'] },
    )
    const { totals, problems } = await new Response(lint.stdout).json()
    await rm(folder, { recursive: true })
    expect(problems).toEqual([])
    expect(totals).toMatchObject({ errors: 0, warnings: 0 })
    expect(await lint.exited).toBe(0)
  }, 180_000)

  test('contains exactly the routes of the API', () => {
    const routes = chat.app.routes
      .filter(({ path }) => /^\/(?:api|health)\//.test(path))
      .map(({ method, path }) => `${method} ${path.replace(/:(\w+)/g, '{$1}')}`)
    expect(operations.map(({ method, path }) => `${method} ${path}`).sort()).toEqual(routes.sort())
    expect(routes.length).toBeGreaterThan(10)
  })

  test('describes every operation and every response', () => {
    for (const operation of operations) {
      expect(operation).toMatchObject({
        summary: expect.stringMatching(/\w/),
        description: expect.stringMatching(/\w/),
        tags: [expect.stringMatching(/\w/)],
      })
      for (const { description } of Object.values(operation.responses)) expect(description).toMatch(/\w/)
    }
  })

  test('describes cross-site requests as a cause of 403 for unsafe methods and live connections, not for others', () => {
    for (const { operationId, method, responses } of operations) {
      const forbidden = responses[403] as { $ref?: string; description?: string } | undefined
      const text = forbidden?.$ref ? 'cross-site' : (forbidden?.description ?? '')
      expect(/cross-site|other sites/.test(text)).toBe(method !== 'GET' || operationId === 'openEvents')
    }
  })

  test('declares problem+json for errors and JSON for all other responses', () => {
    for (const { operationId, responses } of operations) {
      for (const [status, { content = {} }] of Object.entries(responses)) {
        const types = Object.keys(content)
        const isReadiness = operationId === 'isReady' && status === '503'
        if (Number(status) >= 400 && !isReadiness) expect(types).toEqual(['application/problem+json'])
        else if (!/^(openEvents|getAvatar)$/.test(operationId))
          expect(types.join()).toMatch(/^(?:application\/json)?$/)
      }
    }
  })

  test('responds with 304 when it has not changed', async () => {
    const first = await get(paths.openapi, { 'accept-encoding': 'gzip' })
    expect(first.headers.get('content-encoding')).toBe('gzip')
    const text = new TextDecoder().decode(Bun.gunzipSync(await first.bytes()))
    expect(JSON.parse(text)).toEqual(document)
    expect(first.headers.get('etag')).toMatch(/^W\/"\w+"$/)
    expect((await get(paths.openapi, { 'if-none-match': first.headers.get('etag')! })).status).toBe(304)
  })
})

describe('a client that is not signed in', () => {
  test.each(operations)('gets the documented status from $method $path', async (operation) => {
    const { method, example, operationId, security } = operation
    const response = await chat.stranger().fetch(example, { method })
    expect(security.length === 0).toBe(PUBLIC.includes(operationId))
    if (PUBLIC.includes(operationId)) return expect(response.status).not.toBe(401)
    expect(response.status).toBe(401)
    expect(response.headers.get('content-type')).toBe('application/problem+json')
    expect(await response.json()).toMatchObject({ status: 401, title: 'Unauthorized' })
  })
})

describe('the page of the API', async () => {
  const page = await (await get(paths.docs)).text()
  const urls = [...page.matchAll(/(?:href|src)="([^"]+)"/g)].map(([, url]) => url!)
  const files = urls.filter((url) => url.startsWith(`${paths.docs}/`))

  test('loads nothing from other sites', async () => {
    expect(page).toContain('<html lang="en">')
    expect(files).toHaveLength(4)
    expect(urls.filter((url) => !url.startsWith('/'))).toEqual([])
    const own = files.filter((url) => !url.includes('swagger-ui'))
    for (const url of own) expect(await (await get(url)).text()).not.toMatch(/https?:|\/\/\w+\.\w/)
  })

  test('has no inline scripts or styles, which its policy forbids', async () => {
    const policy = (await get(paths.docs)).headers.get('content-security-policy')
    expect(policy).toContain("script-src 'self';")
    expect(policy).toContain("style-src 'self';")
    expect(page).not.toMatch(/<script(?! src)|<style|style=|\son\w+=/)
  })

  const named = files.map((url) => ({ url, name: url.replace(/.*\/|\?.*/g, '') }))
  test.each(named)('loads $name as immutable', async ({ url }) => {
    const response = await get(url, { 'accept-encoding': 'br, gzip' })
    expect(response.status).toBe(200)
    expect(response.headers.get('cache-control')).toContain('immutable')
    const plain = await get(url.split('?')[0]!)
    expect(plain.headers.get('cache-control')).toBe('no-cache')
    expect(plain.headers.get('content-type')).toMatch(/^text\/(?:css|javascript); charset=utf-8$/)
    expect(Bun.gunzipSync(await response.bytes())).toEqual(await plain.bytes())
  })

  test.each(['package.json', 'constructor', '..%2fdocs.ts'])('has no file %s', async (name) => {
    expect((await get(`${paths.docs}/${name}`)).status).toBe(404)
  })
})
