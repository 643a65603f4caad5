import { afterAll, describe, expect, test } from 'bun:test'
import { createHmac, randomBytes } from 'node:crypto'
import { rmSync } from 'node:fs'
import { backends, mysql, newFolder, openChat, sqlite } from '../../../test/support/chat.ts'
import type { Person } from '../../../test/support/person.ts'
import { openWire } from '../../../test/support/wire.ts'
import { paths } from '../../../web/paths.ts'
import { UserEntity } from '../users/entity.ts'
import { SessionEntity } from './entity.ts'

const SECRET = randomBytes(32).toString('hex')
const DAY = 24 * 60 * 60

describe.each(backends)('a session, on $name', async (backend) => {
  const chat = await openChat(backend, { env: { JWT_SECRET: SECRET } })
  afterAll(() => chat.close())
  const ada = await chat.signUp('ada')
  const status = async (person: Person) => (await person.get(paths.api.session)).status
  const statusOf = (token: string) => status(Object.assign(chat.stranger(), { token }))

  test('is stored with a hash of its secret, which only the token contains', async () => {
    const { jti } = claimsOf(ada.token!)
    const rows = await chat.deps.orm.em.fork().find(SessionEntity, {})
    expect(JSON.stringify(rows)).not.toContain(jti)
    expect(rows[0]!.secretHash).toMatch(/^[0-9a-f]{64}$/)
  })

  test('ends alone by signing out, which invalidates its token', async () => {
    const [here, there] = [chat.stranger(), chat.stranger()]
    await here.signIn('ada')
    await there.signIn('ada')
    const { headers, ...answer } = await here.delete(paths.api.session)
    expect(answer).toEqual({ status: 204, body: null })
    expect(headers.get('set-cookie')).toMatch(/^chatapp-session-3000=; .*Expires=Thu, 01 Jan 1970/)
    expect([await status(here), await status(there)]).toEqual([401, 200])
    expect((await here.delete(paths.api.session)).status).toBe(401)
  })

  test('is refused on every route after the account was disabled', async () => {
    const gone = await chat.signUp('gone')
    await chat.deps.orm.em.fork().nativeUpdate(UserEntity, { handle: 'gone' }, { disabledAt: new Date() })
    expect(await status(gone)).toBe(401)
    expect((await gone.post(paths.api.messages('ada'), { body: 'still here' })).status).toBe(401)
    expect((await gone.fetch(paths.api.events)).status).toBe(401)
  })

  test('is required, and the error explains how to sign in', async () => {
    const { status, body, headers } = await chat.stranger().get(paths.api.session)
    expect([status, headers.get('www-authenticate')]).toEqual([401, 'Bearer'])
    expect(headers.get('content-type')).toBe('application/problem+json')
    expect(body).toMatchObject({ title: 'Unauthorized', status: 401 })
  })

  test('stores its last use, but not at every request', async () => {
    const bob = await chat.signUp('bob')
    const usedAt = async () => {
      const em = chat.deps.orm.em.fork()
      const user = await em.findOneOrFail(UserEntity, { handle: 'bob' })
      return (await em.findOneOrFail(SessionEntity, { user: user.id })).usedAt.getTime()
    }
    const first = await usedAt()
    await status(bob)
    expect(await usedAt()).toBe(first)
    chat.advance(301)
    await status(bob)
    expect(await usedAt()).toBeGreaterThan(first + 300_000)
  })

  describe('is authenticated by a token', () => {
    /** A token with ada's claims, except the given ones. */
    const forge = ({
      header = {},
      claims = {},
      secret = SECRET,
      hash = 'sha256',
    }: {
      header?: object
      claims?: object
      secret?: string
      hash?: string
    } = {}) => {
      const payload = { ...claimsOf(ada.token!), ...claims }
      const signed = [{ alg: 'HS256', typ: 'JWT', ...header }, payload].map(encode).join('.')
      return `${signed}.${createHmac(hash, secret).update(signed).digest('base64url')}`
    }
    const now = Math.floor(Date.now() / 1000)

    test('with a valid signature', async () => {
      expect(await statusOf(forge())).toBe(200)
    })

    const refused: Record<string, () => string> = {
      'another secret': () => forge({ secret: randomBytes(32).toString('hex') }),
      'an empty secret': () => forge({ secret: '' }),
      'another algorithm': () => forge({ header: { alg: 'HS512' }, hash: 'sha512' }),
      'another algorithm in name only': () => forge({ header: { alg: 'RS256' } }),
      'no algorithm': () => forge({ header: { alg: 'none' } }),
      'no algorithm and no signature': () => `${forge({ header: { alg: 'none' } }).replace(/[^.]+$/, '')}`,
      'no signature': () => forge().replace(/[^.]+$/, ''),
      'a changed payload': () => {
        const [header, , signature] = forge().split('.')
        return [header, encode({ ...claimsOf(ada.token!), sub: '2' }), signature].join('.')
      },
      'a key ID that points elsewhere and another secret': () =>
        forge({ header: { kid: '../../../dev/null' }, secret: '' }),
      'an unknown critical header': () => forge({ header: { crit: ['x'], x: 1 } }),
      'another audience': () => forge({ claims: { aud: 'another' } }),
      'no audience': () => forge({ claims: { aud: undefined } }),
      'another issuer': () => forge({ claims: { iss: 'another' } }),
      'no issuer': () => forge({ claims: { iss: undefined } }),
      'an expiry in the past': () => forge({ claims: { exp: now - 1 } }),
      'no expiry': () => forge({ claims: { exp: undefined } }),
      'an expiry that is not a number': () => forge({ claims: { exp: '9999999999' } }),
      'a start in the future': () => forge({ claims: { nbf: now + 60 } }),
      'no subject': () => forge({ claims: { sub: undefined } }),
      'no session': () => forge({ claims: { jti: undefined } }),
      'another session': () => forge({ claims: { jti: randomBytes(32).toString('base64url') } }),
      'a session that is not a string': () => forge({ claims: { jti: { $ne: '' } } }),
      'no JWT structure': () => 'token',
      'only dots': () => '..',
      'a byte that is not base64': () => `${forge()}!`,
    }
    test.each(Object.entries(refused))('but not by one with %s', async (_, token) => {
      expect(await statusOf(token())).toBe(401)
    })
  })

  test('lasts thirty days by the clock of the server, whatever the token contains', async () => {
    const carol = await chat.signUp('carol')
    chat.advance(30 * DAY - 60)
    expect(await status(carol)).toBe(200)
    chat.advance(61)
    expect(await status(carol)).toBe(401)
  })
})

test('signing in and out waits for Redis for a limited time when it does not respond on an open connection', async () => {
  const { REDIS_URL, ...settings } = mysql.settings()
  const wire = await openWire(REDIS_URL!)
  const chat = await openChat({
    name: 'MySQL and Redis',
    settings: () => ({ ...settings, REDIS_URL: wire.url }),
  })
  const ada = await chat.signUp('ada')
  wire.freeze()
  expect((await ada.delete(paths.api.session)).status).toBe(204)
  expect((await ada.get(paths.api.session)).status).toBe(401)
  expect(chat.logged.join()).toContain('no response within 1000 ms')
  expect((await ada.signIn('ada')).status).toBe(200)
  await chat.close()
  wire.close()
}, 180_000)

test('the secret can be rotated without ending sessions, until the old one is removed', async () => {
  const [old, next] = [SECRET, randomBytes(32).toString('hex')]
  const DATA_DIR = newFolder()
  const as = async (JWT_SECRET: string, token?: string) => {
    const chat = await openChat(sqlite, { env: { DATA_DIR, JWT_SECRET } })
    const ada = chat.stranger()
    ada.token = token ?? (await chat.signUp('ada')).token
    const { status } = await ada.get(paths.api.session)
    const fresh = await chat.stranger().signIn('ada')
    await chat.close()
    return { status, token: ada.token!, fresh: fresh.body.token as string }
  }
  const before = await as(old)
  const both = await as(`${next}, ${old}`, before.token)
  expect(both.status).toBe(200)
  expect((await as(next, both.fresh)).status).toBe(200)
  expect((await as(next, before.token)).status).toBe(401)
  expect((await as(old, both.fresh)).status).toBe(401)
  rmSync(DATA_DIR, { recursive: true })
})

const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url')
const claimsOf = (token: string) => JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString())
