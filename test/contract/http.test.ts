import { afterAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import fc from 'fast-check'
import { paths } from '../../web/paths.ts'
import { backends, sqlite } from '../support/chat.ts'
import { checkProperty, fuzzTimeout, runs } from '../support/seeds.ts'
import { startServer } from '../support/server.ts'
import { exchange, openTcp, statusesIn } from '../support/tcp.ts'

setDefaultTimeout(fuzzTimeout)

const HOST = 'Host: localhost\r\n'
const live = `GET ${paths.live} HTTP/1.1\r\n${HOST}`
const body = JSON.stringify({ username: 'nobody', password: 'x' })
const signIn = `POST ${paths.api.session} HTTP/1.1\r\n${HOST}Content-Type: application/json\r\n`
const length = `Content-Length: ${body.length}\r\n`
const chunked = 'Transfer-Encoding: chunked\r\n'
const hidden = `${live}\r\n`
const upgrade = `GET ${paths.api.events} HTTP/1.1\r\n${HOST}Connection: Upgrade\r\nUpgrade: websocket\r\n`

/** Requests that get at most one response, after which the connection is closed. */
const REFUSED: Record<string, string> = {
  'both lengths, with a request hidden after the chunked body': `${signIn}${length}${chunked}\r\n0\r\n\r\n${hidden}`,
  'both lengths, with a shorter Content-Length': `${signIn}${chunked}Content-Length: 4\r\n\r\n24\r\n${body}\r\n0\r\n\r\n${hidden}`,
  'a misspelled chunked encoding': `${signIn}Transfer-Encoding: xchunked\r\n${length}\r\n${body}`,
  'an unknown encoding': `${signIn}Transfer-Encoding: gzip\r\n\r\n${body}`,
  'two encodings': `${signIn}${chunked}Transfer-Encoding: identity\r\n\r\n0\r\n\r\n`,
  'a space before the colon': `${signIn}Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n`,
  'two lengths': `${signIn}${length}Content-Length: 4\r\n\r\n${body}`,
  'a list of lengths': `${signIn}Content-Length: ${body.length}, ${body.length}\r\n\r\n${body}`,
  'a negative length': `${signIn}Content-Length: -1\r\n\r\n${body}`,
  'a length with a sign': `${signIn}Content-Length: +${body.length}\r\n\r\n${body}`,
  'a length in hexadecimal': `${signIn}Content-Length: 0x24\r\n\r\n${body}`,
  'a length that overflows': `${signIn}Content-Length: ${'9'.repeat(20)}\r\n\r\n${body}`,
  'an empty length': `${signIn}Content-Length: \r\n\r\n${body}`,
  'a body shorter than its length': `${signIn}Content-Length: 100\r\n\r\n${body}`,
  'a folded header': `${live}X-A: b\r\n c\r\n\r\n`,
  'bare line feeds': `GET ${paths.live} HTTP/1.1\nHost: localhost\n\n`,
  'bare carriage returns': `GET ${paths.live} HTTP/1.1\rHost: localhost\r\r`,
  'a bare line feed in a header': `${live}X-A: b\nX-B: c\r\n\r\n`,
  'NUL in a value': `${live}X-A: a\0b\r\n\r\n`,
  'NUL in a name': `${live}X\0A: b\r\n\r\n`,
  'NUL in the path': `GET /health/\0live HTTP/1.1\r\n${HOST}\r\n`,
  'a giant header': `${live}X-A: ${'a'.repeat(1_000_000)}\r\n\r\n`,
  'a thousand headers': `${live}${'X-A: a\r\n'.repeat(1000)}\r\n`,
  'a giant URL': `GET /${'a'.repeat(1_000_000)} HTTP/1.1\r\n${HOST}\r\n`,
  'a chunk without a size': `${signIn}${chunked}\r\nzz\r\nabc\r\n0\r\n\r\n`,
  'a chunk of negative size': `${signIn}${chunked}\r\n-1\r\nabc\r\n0\r\n\r\n`,
  'a chunk size that overflows': `${signIn}${chunked}\r\n${'f'.repeat(18)}\r\nabc\r\n0\r\n\r\n`,
  'a chunk longer than its size': `${signIn}${chunked}\r\n3\r\nabcdef\r\n0\r\n\r\n`,
  'chunks that end in line feeds': `${signIn}${chunked}\r\n24\n${body}\n0\n\n`,
  'chunks that never end': `${signIn}${chunked}\r\n24\r\n${body}\r\n`,
  'HTTP/2.0': `GET ${paths.live} HTTP/2.0\r\n${HOST}\r\n`,
  'the preface of HTTP/2': 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
  'HTTP/9.9': `GET ${paths.live} HTTP/9.9\r\n${HOST}\r\n`,
  'no version': `GET ${paths.live}\r\n\r\n`,
  'two hosts': `${live}Host: evil.example\r\n\r\n`,
  'the same host twice': `${live}${HOST}\r\n`,
  'two hosts in one header': `GET ${paths.live} HTTP/1.1\r\nHost: localhost, evil.example\r\n\r\n`,
  'no host': `GET ${paths.live} HTTP/1.1\r\n\r\n`,
  'an invalid host': `GET ${paths.live} HTTP/1.1\r\nHost: a b/@\r\n\r\n`,
  'half a host': `GET //[ HTTP/1.1\r\nHost: [\r\n\r\n`,
  'a path without a slash': `GET health HTTP/1.1\r\n${HOST}\r\n`,
  'a lowercase method': `get ${paths.live} HTTP/1.1\r\n${HOST}\r\n`,
  'an invalid method': `F<OO / HTTP/1.1\r\n${HOST}\r\n`,
  'OPTIONS *': `OPTIONS * HTTP/1.1\r\n${HOST}\r\n`,
  'a TLS handshake': '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03',
  'no request': 'hello\r\n\r\n',
  'half a line': 'GET /health/li',
  'half a header': `${live}X-A: b`,
}

/** Unusual but valid requests with their expected statuses. */
const ANSWERED: Record<string, [string, number[]]> = {
  'pipelined requests': [`${live}\r\n${live}\r\n${live}\r\n`, [200, 200, 200]],
  'a host of one letter': [`GET ${paths.live} HTTP/1.1\r\nHost: x\r\n\r\n`, [200]],
  'an empty host': [`GET ${paths.live} HTTP/1.1\r\nHost:\r\n\r\n`, [200]],
  'an absolute URL of another host': [`GET http://x.example${paths.live} HTTP/1.1\r\n${HOST}\r\n`, [200]],
  'a path with two slashes': [`GET //evil.example${paths.live} HTTP/1.1\r\n${HOST}\r\n`, [404]],
  'a GET with a body': [`${live}Content-Length: 5\r\n\r\nhello${hidden}`, [200, 200]],
  'the same length twice': [`${signIn}${length}${length}\r\n${body}`, [401]],
  'Expect: 100-continue': [`${signIn}${length}Expect: 100-continue\r\n\r\n${body}`, [401]],
  'a chunked body': [`${signIn}${chunked}\r\n24\r\n${body}\r\n0\r\n\r\n`, [401]],
  TRACE: [`TRACE / HTTP/1.1\r\n${HOST}\r\n`, [405]],
  OPTIONS: [`OPTIONS ${paths.signIn} HTTP/1.1\r\n${HOST}\r\n`, [204]],
  HEAD: [`HEAD ${paths.signIn} HTTP/1.1\r\n${HOST}\r\n`, [200]],
  'an upgrade without a session': [`${upgrade}\r\n`, [401]],
  'an upgrade to HTTP/2': [`${live}Connection: Upgrade\r\nUpgrade: h2c\r\n\r\n`, [200]],
}

/** Status, request line, header, and texts on the page in English and Chinese. */
const TOO_LARGE: Record<string, [number, string, string, string, string]> = {
  'a cookie of 20 kB': [
    431,
    `GET ${paths.signIn} HTTP/1.1`,
    `Cookie: a=${'a'.repeat(20_000)}`,
    'Too many cookies',
    'Cookie 过多',
  ],
  'many cookies': [
    431,
    `GET ${paths.home} HTTP/1.1`,
    `Cookie: ${'a=b; '.repeat(20_000)}`,
    'Too many cookies',
    'Cookie 过多',
  ],
  'a long URL': [
    414,
    `GET ${paths.signIn}?next=${'a'.repeat(20_000)} HTTP/1.1`,
    '',
    'Address too long',
    '网址过长',
  ],
  'a form of 140 MB': [
    413,
    `POST ${paths.signIn} HTTP/1.1`,
    'Content-Length: 140000000',
    "That's too large",
    '内容过大',
  ],
  'a picture of 140 MB': [
    413,
    `POST ${paths.avatarSettings} HTTP/1.1`,
    'Content-Length: 140000000',
    'up to 5 MB',
    '5 MB',
  ],
}

/** Tokens with a meaning in HTTP. */
const TOKENS = [
  '\r\n',
  '\n',
  '\r',
  '\0',
  ' ',
  '\t',
  ':',
  ',',
  ';',
  '\xff',
  '%',
  '//',
  '[',
  '@',
  '#',
  '?',
  chunked,
  length,
]

describe.each(backends)('malformed requests, on $name,', async (backend) => {
  const times = backend === sqlite ? runs * 10 : runs
  const server = await startServer(backend, { RATE_LIMITS: 'off', METRICS_PORT: '0', LOG_LEVEL: 'info' })
  afterAll(() => server.close())
  const { port } = JSON.parse(await server.process.line('"msg":"metrics"'))
  // Opens the maximum number of database connections.
  const ada = await server.signUp('ada')
  const leaving = { headers: { connection: 'close' } }
  await Promise.all(Array.from({ length: 50 }, () => ada.fetch(paths.api.session, leaving)))
  const before = await open()
  let sent = 0
  /** Slow clients, started first because they take longest. */
  const slow = [false, true].flatMap((dripping) =>
    ['', 'GET /', live, `${signIn}${length}\r\n`, `${signIn}${chunked}\r\n24\r\n`].map((bytes) => {
      const tcp = openTcp(server.origin)
      tcp.write(bytes)
      const drip = setInterval(() => dripping && tcp.write('a'), 500)
      return tcp.closed.finally(() => clearInterval(drip))
    }),
  )

  test('are refused, and nothing after them is parsed as a request', async () => {
    for (const [name, bytes] of Object.entries(REFUSED)) {
      const statuses = await exchange(server.origin, bytes)
      expect([name, ...statuses]).toHaveLength(Math.min(statuses.length, 1) + 1)
      // The runtime returns 505 for an unknown version.
      expect(`${name}: ${statuses[0] ?? 400}`).toMatch(/: (400|413|414|431|505)$/)
      sent++
    }
    expect(await exchange(server.origin, hidden)).toEqual([200])
  })

  test.each(Object.entries(TOO_LARGE))(
    'with %s get a page or a problem that explains it',
    async (_, [status, line, header, en, zh]) => {
      const type = 'Content-Type: multipart/form-data; boundary=x'
      const cookie = line.includes('settings') ? `Cookie: chatapp-session-0=${ada.token}` : ''
      const send = async (more: string, end: string) => {
        const tcp = openTcp(server.origin)
        tcp.write(
          [line, HOST.trim(), type, cookie, header, more, '', '']
            .filter((text, n) => text || n > 5)
            .join('\r\n'),
        )
        const received = await tcp.until(end)
        tcp.cut()
        return Buffer.from(received, 'latin1').toString()
      }
      for (const [language, text] of [
        ['en', en],
        ['zh', zh],
      ]) {
        const received = await send(`Accept: text/html\r\nAccept-Language: ${language}`, '</html>')
        expect(statusesIn(received)).toEqual([line.includes('settings') ? 422 : status])
        expect(received).toContain(text!)
      }
      if (cookie) return
      const problem = await send('Accept: */*', '}')
      expect(problem).toContain('application/problem+json')
      expect(problem).toContain(`"status":${status}`)
    },
  )

  test('get the right response if they are valid', async () => {
    for (const [name, [bytes, statuses]] of Object.entries(ANSWERED)) {
      const tcp = openTcp(server.origin)
      tcp.write(bytes)
      // The runtime closes early if a close is requested before a slow response is sent.
      await tcp.until(`HTTP/1.1 ${statuses[0]}`)
      tcp.write(`${live}Connection: close\r\n\r\n`)
      expect([name, statusesIn(await tcp.closed)]).toEqual([name, [...statuses, 200]])
      sent++
    }
    // These requests end their connections: HTTP/1.0 and CONNECT.
    for (const [bytes, status] of [
      [`GET ${paths.live} HTTP/1.0\r\n\r\n`, 200],
      [`CONNECT evil.example:443 HTTP/1.1\r\n${HOST}\r\n`, 404],
    ] as const) {
      const tcp = openTcp(server.origin)
      tcp.write(bytes)
      expect(statusesIn(await tcp.until('HTTP/1.1 '))).toEqual([status])
      tcp.cut()
    }
  })

  test('cause no server error if bytes are changed, missing or added', async () => {
    const session = `GET ${paths.api.session} HTTP/1.1\r\n${HOST}`
    const known = Object.values(ANSWERED).map(([bytes]) => bytes)
    const whole = fc.constantFrom(
      ...known,
      `${session}Cookie: chatapp-session-3000=a.b.c\r\n\r\n`,
      `${signIn}${length}\r\n${body}`,
    )
    const change = fc.record({
      at: fc.nat(10_000),
      cut: fc.constantFrom(0, 0, 1, 1, 2, 20),
      put: fc.oneof(
        fc.constantFrom('', ...TOKENS),
        fc.nat(255).map((byte) => String.fromCharCode(byte)),
      ),
    })
    const cases = fc.record({
      requests: fc.array(whole, { minLength: 1, maxLength: 3 }).map((some) => some.join('')),
      changes: fc.array(change, { minLength: 1, maxLength: 4 }),
    })
    await checkProperty(cases, { times, file: 'test/contract/http' }, async ({ requests, changes }) => {
      let bytes = requests
      for (const { at, cut, put } of changes) {
        const place = at % (bytes.length + 1)
        bytes = bytes.slice(0, place) + put + bytes.slice(place + cut)
      }
      sent++
      const faults = (await exchange(server.origin, bytes)).filter(
        (status) => status >= 500 && status !== 505,
      )
      if (faults.length > 0) throw new Error(`${faults}: ${JSON.stringify(bytes)}`)
    })
    expect(await exchange(server.origin, hidden)).toEqual([200])
  })

  test('time out if they stop or arrive one byte at a time', async () => {
    for (const received of await Promise.all(slow))
      for (const status of statusesIn(received)) expect(status).toBeWithin(400, 500)
  })

  test('leave no open connection or file, and do not appear in the log', async () => {
    // Each check is a connection itself, so poll until the closed ones are gone.
    while ((await open()) > before);
    console.log(`${sent} connections, on ${backend.name}`)
    const { stdout, stderr } = await server.process.stop()
    expect(stderr).toBe('')
    expect(stdout).not.toMatch(/evil|hello|nobody|"level":[56]0/)
  })

  /** The number of open file descriptors, where available, and live connections. */
  async function open(): Promise<number> {
    const text = await (await fetch(`http://localhost:${port}/metrics`, leaving)).text()
    const samples = [...text.matchAll(/^(?:process_open_fds|chatapp_live_connections\S*) (\d+)$/gm)]
    return samples.reduce((sum, [, value]) => sum + Number(value), 0)
  }
})
