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

/** The line of an expected answer: refused ones have one answer or none, and then the connection is closed. */
const REFUSED: Record<string, string> = {
  'both lengths, the request behind in the one that is left': `${signIn}${length}${chunked}\r\n0\r\n\r\n${hidden}`,
  'both lengths, the shorter one': `${signIn}${chunked}Content-Length: 4\r\n\r\n24\r\n${body}\r\n0\r\n\r\n${hidden}`,
  'an encoding that is nearly chunked': `${signIn}Transfer-Encoding: xchunked\r\n${length}\r\n${body}`,
  'an encoding that nobody knows': `${signIn}Transfer-Encoding: gzip\r\n\r\n${body}`,
  'an encoding twice': `${signIn}${chunked}Transfer-Encoding: identity\r\n\r\n0\r\n\r\n`,
  'a space before the colon': `${signIn}Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n`,
  'two lengths': `${signIn}${length}Content-Length: 4\r\n\r\n${body}`,
  'a list of lengths': `${signIn}Content-Length: ${body.length}, ${body.length}\r\n\r\n${body}`,
  'a length below zero': `${signIn}Content-Length: -1\r\n\r\n${body}`,
  'a length with a sign': `${signIn}Content-Length: +${body.length}\r\n\r\n${body}`,
  'a length in hexadecimal': `${signIn}Content-Length: 0x24\r\n\r\n${body}`,
  'a length beyond all numbers': `${signIn}Content-Length: ${'9'.repeat(20)}\r\n\r\n${body}`,
  'a length that is empty': `${signIn}Content-Length: \r\n\r\n${body}`,
  'a length that never comes': `${signIn}Content-Length: 100\r\n\r\n${body}`,
  'a folded header': `${live}X-A: b\r\n c\r\n\r\n`,
  'bare line feeds': `GET ${paths.live} HTTP/1.1\nHost: localhost\n\n`,
  'bare carriage returns': `GET ${paths.live} HTTP/1.1\rHost: localhost\r\r`,
  'a bare line feed in a header': `${live}X-A: b\nX-B: c\r\n\r\n`,
  'NUL in a value': `${live}X-A: a\0b\r\n\r\n`,
  'NUL in a name': `${live}X\0A: b\r\n\r\n`,
  'NUL in the path': `GET /health/\0live HTTP/1.1\r\n${HOST}\r\n`,
  'a giant header': `${live}X-A: ${'a'.repeat(1_000_000)}\r\n\r\n`,
  'a thousand headers': `${live}${'X-A: a\r\n'.repeat(1000)}\r\n`,
  'a giant address': `GET /${'a'.repeat(1_000_000)} HTTP/1.1\r\n${HOST}\r\n`,
  'a chunk of no size': `${signIn}${chunked}\r\nzz\r\nabc\r\n0\r\n\r\n`,
  'a chunk of a size below zero': `${signIn}${chunked}\r\n-1\r\nabc\r\n0\r\n\r\n`,
  'a chunk beyond all numbers': `${signIn}${chunked}\r\n${'f'.repeat(18)}\r\nabc\r\n0\r\n\r\n`,
  'a chunk longer than it says': `${signIn}${chunked}\r\n3\r\nabcdef\r\n0\r\n\r\n`,
  'chunks that end in line feeds': `${signIn}${chunked}\r\n24\n${body}\n0\n\n`,
  'chunks that never end': `${signIn}${chunked}\r\n24\r\n${body}\r\n`,
  'HTTP/2.0': `GET ${paths.live} HTTP/2.0\r\n${HOST}\r\n`,
  'the preface of HTTP/2': 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
  'HTTP/9.9': `GET ${paths.live} HTTP/9.9\r\n${HOST}\r\n`,
  'no version': `GET ${paths.live}\r\n\r\n`,
  'no host': `GET ${paths.live} HTTP/1.1\r\n\r\n`,
  'a host that is none': `GET ${paths.live} HTTP/1.1\r\nHost: a b/@\r\n\r\n`,
  'half a host': `GET //[ HTTP/1.1\r\nHost: [\r\n\r\n`,
  'a path without a slash': `GET health HTTP/1.1\r\n${HOST}\r\n`,
  'a method in small letters': `get ${paths.live} HTTP/1.1\r\n${HOST}\r\n`,
  'a method that is no word': `F<OO / HTTP/1.1\r\n${HOST}\r\n`,
  'OPTIONS of everything': `OPTIONS * HTTP/1.1\r\n${HOST}\r\n`,
  'a greeting of TLS': '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03',
  'no request': 'hello\r\n\r\n',
  'half a line': 'GET /health/li',
  'half a header': `${live}X-A: b`,
}

/** Odd, and answered for what they are, each with its statuses. */
const ANSWERED: Record<string, [string, number[]]> = {
  'sent in a row': [`${live}\r\n${live}\r\n${live}\r\n`, [200, 200, 200]],
  'to a host of one letter': [`GET ${paths.live} HTTP/1.1\r\nHost: x\r\n\r\n`, [200]],
  'to an empty host': [`GET ${paths.live} HTTP/1.1\r\nHost:\r\n\r\n`, [200]],
  'to another host by its whole address': [
    `GET http://x.example${paths.live} HTTP/1.1\r\n${HOST}\r\n`,
    [200],
  ],
  'to a path of two slashes': [`GET //evil.example${paths.live} HTTP/1.1\r\n${HOST}\r\n`, [404]],
  'with a body that nobody asked for': [`${live}Content-Length: 5\r\n\r\nhello${hidden}`, [200, 200]],
  'that says one length twice': [`${signIn}${length}${length}\r\n${body}`, [401]],
  'that waits to be asked for its body': [`${signIn}${length}Expect: 100-continue\r\n\r\n${body}`, [401]],
  'in chunks': [`${signIn}${chunked}\r\n24\r\n${body}\r\n0\r\n\r\n`, [401]],
  TRACE: [`TRACE / HTTP/1.1\r\n${HOST}\r\n`, [404]],
  OPTIONS: [`OPTIONS ${paths.signIn} HTTP/1.1\r\n${HOST}\r\n`, [404]],
  HEAD: [`HEAD ${paths.signIn} HTTP/1.1\r\n${HOST}\r\n`, [200]],
  'an upgrade of a stranger': [`${upgrade}\r\n`, [401]],
  'an upgrade to HTTP/2': [`${live}Connection: Upgrade\r\nUpgrade: h2c\r\n\r\n`, [200]],
}

/** Where one more byte means something. */
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

describe.each(backends)('bytes that are nearly a request, on $name', async (backend) => {
  const times = backend === sqlite ? runs * 10 : runs
  const server = await startServer(backend, { RATE_LIMITS: 'off', METRICS_PORT: '0', LOG_LEVEL: 'info' })
  afterAll(() => server.close())
  const { port } = JSON.parse(await server.process.line('"msg":"metrics"'))
  // As many connections to the database as there ever will be.
  const ada = await server.signUp('ada')
  const leaving = { headers: { connection: 'close' } }
  await Promise.all(Array.from({ length: 50 }, () => ada.fetch(paths.api.session, leaving)))
  const before = await open()
  let sent = 0
  /** Those who take their time, from the beginning, since they have much of it. */
  const slow = [false, true].flatMap((dripping) =>
    ['', 'GET /', live, `${signIn}${length}\r\n`, `${signIn}${chunked}\r\n24\r\n`].map((bytes) => {
      const tcp = openTcp(server.origin)
      tcp.write(bytes)
      const drip = setInterval(() => dripping && tcp.write('a'), 500)
      return tcp.closed.finally(() => clearInterval(drip))
    }),
  )

  test('are refused, and nothing behind them is taken for a request', async () => {
    for (const [name, bytes] of Object.entries(REFUSED)) {
      const statuses = await exchange(server.origin, bytes)
      expect([name, ...statuses]).toHaveLength(Math.min(statuses.length, 1) + 1)
      // The runtime says 505 of what it takes for another version.
      expect(`${name}: ${statuses[0] ?? 400}`).toMatch(/: (400|413|431|505)$/)
      sent++
    }
    expect(await exchange(server.origin, hidden)).toEqual([200])
  })

  test('are answered for what they are when they are a request after all', async () => {
    for (const [name, [bytes, statuses]] of Object.entries(ANSWERED)) {
      const tcp = openTcp(server.origin)
      tcp.write(bytes)
      // The runtime hangs up on who asks for the end before a slow answer has come.
      await tcp.until(`HTTP/1.1 ${statuses[0]}`)
      tcp.write(`${live}Connection: close\r\n\r\n`)
      expect([name, statusesIn(await tcp.closed)]).toEqual([name, [...statuses, 200]])
      sent++
    }
    // These are the last on their connections: the one by its version, the other since it would be a tunnel.
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

  test('leave the server as it was, wherever a byte is wrong, missing or too many', async () => {
    const session = `GET ${paths.api.session} HTTP/1.1\r\n${HOST}`
    const known = Object.values(ANSWERED).map(([bytes]) => bytes)
    const whole = fc.constantFrom(
      ...known,
      `${session}Cookie: session=a.b.c\r\n\r\n`,
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

  test('are not waited for: who stops in the middle, or sends a byte at a time, is sent away', async () => {
    for (const received of await Promise.all(slow))
      for (const status of statusesIn(received)) expect(status).toBeWithin(400, 500)
  })

  test('leave no connection and no file behind, and nothing of themselves in what is logged', async () => {
    // Each look is a request of its own, so it is looked at until what was closed is gone.
    while ((await open()) > before);
    console.log(`${sent} connections, on ${backend.name}`)
    const { stdout, stderr } = await server.process.stop()
    expect(stderr).toBe('')
    expect(stdout).not.toMatch(/evil|hello|nobody|"level":[56]0/)
  })

  /** Files and sockets that the process holds, where the system tells; and its live connections. */
  async function open(): Promise<number> {
    const text = await (await fetch(`http://localhost:${port}/metrics`, leaving)).text()
    const samples = [...text.matchAll(/^(?:process_open_fds|chatapp_live_connections\S*) (\d+)$/gm)]
    return samples.reduce((sum, [, value]) => sum + Number(value), 0)
  }
})
