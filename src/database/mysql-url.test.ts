import { afterAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { startMariaDb } from '../../scripts/servers.ts'
import { newFolder } from '../../test/support/chat.ts'
import { MysqlUrlError, parseMysqlUrl } from './mysql-url.ts'
import { openOrm } from './orm.ts'

// Long enough to catch only a hang.
setDefaultTimeout(180_000)

describe('a MySQL URL', () => {
  const base = 'mysql://me:secret@db/chat'
  const tlsOf = (query: string) => parseMysqlUrl(`${base}${query}`).tls

  test('contains address, account and database, also with unusual characters', () => {
    expect(parseMysqlUrl('mysql://a%40b:p%ss%3F@db.example:3307/my%20chat')).toEqual({
      host: 'db.example',
      port: 3307,
      user: 'a@b',
      password: 'p%ss?',
      dbName: 'my chat',
      socketPath: null,
      tls: null,
    })
    expect(parseMysqlUrl('mysql://[fd00::1]/chat')).toMatchObject({ host: 'fd00::1', port: 3306, user: '' })
    expect(parseMysqlUrl(`${base}?socketPath=/run/my.sock`).socketPath).toBe('/run/my.sock')
  })

  test.each([
    '?ssl=true',
    '?ssl={}',
    '?ssl={"rejectUnauthorized":true}',
    '?tls=1',
    '?sslmode=require',
    '?ssl-mode=REQUIRED',
    '?ssl_mode=VERIFY_CA',
    '?ssl-mode=verify_identity',
    '?sslaccept=strict',
  ])('with %s asks for TLS, and verifies it', (query) => {
    expect(tlsOf(query)).toEqual({ ca: null, cert: null, key: null, verify: true })
  })

  test('names the files of TLS, and turns it or its verification off only explicitly', () => {
    expect(tlsOf('?ssl-ca=ca.pem')).toEqual({ ca: 'ca.pem', cert: null, key: null, verify: true })
    expect(tlsOf('?sslrootcert=ca.pem&sslcert=a&sslkey=b')).toMatchObject({
      ca: 'ca.pem',
      cert: 'a',
      key: 'b',
    })
    for (const query of ['', '?ssl=false', '?ssl-mode=DISABLED']) expect(tlsOf(query)).toBeNull()
    for (const query of ['?sslaccept=accept_invalid_certs', '?ssl={"rejectUnauthorized":false}'])
      expect(tlsOf(query)).toMatchObject({ verify: false })
  })

  test('is refused with the name of a parameter that is not understood, and without its secrets', () => {
    const reason = (query: string) => {
      try {
        return `${parseMysqlUrl(`${base}${query}`)}`
      } catch (error) {
        expect(error).toBeInstanceOf(MysqlUrlError)
        return (error as Error).message
      }
    }
    expect(reason('?sslfoo=1')).toContain('the parameter sslfoo')
    expect(reason('?connection_limit=5')).toContain('the parameter connection_limit')
    expect(reason('?ssl-mode=preferred')).toContain('ssl-mode')
    expect(reason('?ssl=maybe')).toContain('ssl')
    for (const query of ['?secret of mine', '?ssl=secret', '?ssl={"secret":1}'])
      expect(reason(query)).not.toContain('secret')
  })
})

describe('a MySQL server with TLS', async () => {
  const folder = newFolder()
  await createCertificates(folder)
  Bun.spawnSync(['chmod', '-R', 'a+rX', folder])
  const file = (name: string) => join(folder, name)
  const options = [
    `--ssl-cert=${file('server.pem')}`,
    `--ssl-key=${file('server.key')}`,
    '--bind-address=127.0.0.1,127.0.0.2',
  ]
  const server = await startMariaDb({ options: () => options })
  const { port, username, password } = new URL(server.url)
  const account = 'chatapp_tls:secret'
  await using admin = new Bun.SQL(server.url, { max: 1 })
  await admin.unsafe(`create user 'chatapp_tls' identified by 'secret' require ssl`)
  await admin.unsafe(`grant all on *.* to 'chatapp_tls'`)
  await admin.unsafe(`create user 'chatapp'@'localhost' identified by '${password}'`)
  await admin.unsafe(`grant all on *.* to 'chatapp'@'localhost'`)
  const [{ socket }] = await admin.unsafe('select @@socket as socket')
  afterAll(async () => {
    await server.stop()
    rmSync(folder, { recursive: true })
  })

  /** Connects, and returns the cipher in use, or the error. */
  async function connect(address: string, query: string): Promise<string> {
    try {
      const orm = await openOrm({ databaseUrl: `mysql://${address}/chat?${query}`, dataDir: folder })
      const [row] = await orm.em.fork().execute<[{ Value: string }]>(`show session status like 'Ssl_cipher'`)
      await orm.close()
      return row.Value ? 'encrypted' : 'clear'
    } catch (error) {
      return (error as Error).message
    }
  }
  const ca = `ssl-ca=${file('ca.pem')}`

  test('is used when a trusted authority has signed its certificate', async () => {
    expect(await connect(`${account}@127.0.0.1:${port}`, ca)).toBe('encrypted')
    expect(await connect(`${account}@localhost:${port}`, `ssl-mode=REQUIRED&${ca}`)).toBe('encrypted')
  })

  test('is refused when its certificate has an unknown authority or another host name', async () => {
    expect(await connect(`${account}@127.0.0.1:${port}`, 'ssl=true')).toMatch(/certificate/i)
    expect(await connect(`${account}@127.0.0.1:${port}`, `ssl-ca=${file('other.pem')}`)).toMatch(
      /certificate/i,
    )
    expect(await connect(`${account}@127.0.0.2:${port}`, ca)).toMatch(
      /127\.0\.0\.2|altname|identity|hostname/i,
    )
    expect(await connect(`${account}@127.0.0.1:${port}`, `ssl-ca=${file('missing.pem')}`)).toMatch(
      /missing\.pem.*cannot be read/,
    )
  })

  test('is used without verification only when the URL asks for it', async () => {
    expect(await connect(`${account}@127.0.0.1:${port}`, 'sslaccept=accept_invalid_certs')).toBe('encrypted')
  })

  test('is suggested when the account requires TLS and the URL does not ask for it', async () => {
    expect(await connect(`${account}@127.0.0.1:${port}`, '')).toContain('add ?ssl-mode=verify-identity')
  })

  test('is reached over its Unix socket', async () => {
    const url = `${username}:${password}@localhost:1`
    expect(await connect(url, `socketPath=${encodeURIComponent(socket)}`)).toBe('clear')
  })
})

/** An authority `ca.pem`, a server's certificate that it signed for localhost and 127.0.0.1, and another authority. */
async function createCertificates(folder: string): Promise<void> {
  const script = `set -e; cd "$0"
    authority() { openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj "/CN=$1" -keyout $1.key -out $1.pem; }
    authority ca; authority other
    openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=localhost -keyout server.key -out server.csr
    printf 'subjectAltName=DNS:localhost,IP:127.0.0.1' > san
    openssl x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile san -out server.pem`
  const { exitCode, stderr } = Bun.spawnSync(['sh', '-c', script, folder])
  if (exitCode !== 0) throw new Error(`${stderr}`)
}
