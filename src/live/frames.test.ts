import { afterAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import fc from 'fast-check'
import { backends, sqlite } from '../../test/support/chat.ts'
import { MARK } from '../../test/support/fuzz-inputs.ts'
import type { Person } from '../../test/support/person.ts'
import { checkProperty, fuzzTimeout, runs } from '../../test/support/seeds.ts'
import { openSocket, startServer } from '../../test/support/server.ts'
import { openTcp, type Tcp } from '../../test/support/tcp.ts'
import { paths } from '../../web/paths.ts'

setDefaultTimeout(fuzzTimeout)

/** The first event of a connection. */
const READY = /^\{"type":"ready","connection":"[\w-]{36}"\}$/

const TEXT = 1
const BINARY = 2
const CLOSE = 8
const PING = 9
const PONG = 10

/** A frame (RFC 6455, 5.2) in which any field may be invalid. */
type Frame = {
  opcode: number
  payload?: string | Uint8Array
  fin?: boolean
  /** The three reserved bits. */
  rsv?: number
  masked?: boolean
  /** The declared length, instead of the real one. */
  length?: bigint
}

function bytesOf({ opcode, payload = '', fin = true, rsv = 0, masked = true, length }: Frame): Buffer {
  const content = Buffer.from(payload as string)
  const size = length ?? BigInt(content.length)
  const head = Buffer.alloc(size < 126 ? 2 : size < 65_536 ? 4 : 10)
  head[0] = (fin ? 0x80 : 0) | (rsv << 4) | opcode
  head[1] = (masked ? 0x80 : 0) | (size < 126 ? Number(size) : size < 65_536 ? 126 : 127)
  if (head.length === 4) head.writeUInt16BE(Number(size), 2)
  if (head.length === 10) head.writeBigUInt64BE(size, 2)
  // A mask of zeros leaves the content as it is.
  return Buffer.concat([head, Buffer.alloc(masked ? 4 : 0), content])
}

/** Invalid frames: the server closes the connection. */
const FORBIDDEN: Record<string, Frame[]> = {
  'a frame without a mask': [{ opcode: TEXT, payload: 'hi', masked: false }],
  'text that is not UTF-8': [{ opcode: TEXT, payload: new Uint8Array([0xff, 0xfe]) }],
  'a lone surrogate': [{ opcode: TEXT, payload: new Uint8Array([0xed, 0xa0, 0x80]) }],
  'a frame that is too large': [{ opcode: TEXT, payload: 'x'.repeat(1025) }],
  'a message that is too large': [
    { opcode: BINARY, payload: 'x'.repeat(600), fin: false },
    { opcode: 0, payload: 'x'.repeat(600) },
  ],
  'a length of 2^62': [{ opcode: BINARY, length: 2n ** 62n }],
  'a negative length': [{ opcode: BINARY, length: 2n ** 63n + 5n }],
  'a reserved bit': [{ opcode: TEXT, payload: 'hi', rsv: 4 }],
  'an unknown data opcode': [{ opcode: 3, payload: 'hi' }],
  'an unknown control opcode': [{ opcode: 11, payload: 'hi' }],
  'a continuation without a message': [{ opcode: 0, payload: 'hi' }],
  'a message inside another': [
    { opcode: TEXT, payload: 'a', fin: false },
    { opcode: TEXT, payload: 'b' },
  ],
  'a ping that is too long': [{ opcode: PING, payload: 'x'.repeat(126) }],
  'a fragmented ping': [{ opcode: PING, payload: 'x', fin: false }],
  'a flood of text': Array.from({ length: 121 }, () => ({ opcode: TEXT, payload: 'hi' })),
  'a flood of pings': Array.from({ length: 121 }, () => ({ opcode: PING })),
  'a flood of pongs': Array.from({ length: 121 }, () => ({ opcode: PONG })),
  'a flood of mixed frames': Array.from({ length: 200 }, (_, n) => ({
    opcode: [TEXT, BINARY, PING, PONG][n % 4]!,
  })),
  'an incomplete close code': [{ opcode: CLOSE, payload: new Uint8Array([3]) }],
}

/** Frames that are ignored: the connection stays open. */
const IGNORED: Record<string, Frame[]> = {
  'a text frame': [{ opcode: TEXT, payload: `{"type":"message","with":"${MARK}"}` }],
  'empty frames': [{ opcode: TEXT }, { opcode: BINARY }],
  'a binary frame': [{ opcode: BINARY, payload: new Uint8Array([0, 255, 128]) }],
  'fragmented text with a ping in between': [
    { opcode: TEXT, payload: 'a', fin: false },
    { opcode: PING, payload: 'now' },
    { opcode: 0, payload: 'b' },
  ],
  'an unsolicited pong': [{ opcode: PONG, payload: 'hi' }],
  'a ping every half second': Array.from({ length: 100 }, () => ({ opcode: PING, payload: 'x'.repeat(125) })),
}

describe.each(backends)('frames from a client, on $name', async (backend) => {
  const times = backend === sqlite ? runs * 4 : runs
  const server = await startServer(backend, { RATE_LIMITS: 'off', METRICS_PORT: '0', LOG_LEVEL: 'info' })
  afterAll(() => server.close())
  const { port } = JSON.parse(await server.process.line('"msg":"metrics"'))
  const [eve, ada, bob] = await Promise.all(['eve', 'ada', 'bob'].map(server.signUp))
  const quiet = await openSocket(server, ada!)
  let sent = 0

  test.each(Object.entries(FORBIDDEN))('%s closes the connection', async (_, frames) => {
    const tcp = await upgraded(eve!)
    for (const frame of frames) tcp.write(bytesOf(frame))
    expect([null, 1002, 1006, 1007, 1008, 1009]).toContain(closeCode(await tcp.closed))
  })

  test.each(Object.entries(IGNORED))('%s is ignored', async (_, frames) => {
    const tcp = await upgraded(eve!)
    for (const frame of frames) tcp.write(bytesOf(frame))
    tcp.write(bytesOf({ opcode: PING, payload: 'are you there?' }))
    const received = [...framesIn(await tcp.until('are you there?'))]
    expect(received.at(-1)).toEqual({ opcode: PONG, payload: 'are you there?' })
    expect(received.filter(({ opcode }) => opcode !== PONG)).toEqual([
      { opcode: TEXT, payload: expect.stringMatching(READY) },
    ])
    tcp.cut()
  })

  test('sent before the handshake or after the close get no response', async () => {
    const early = openTcp(server.origin)
    early.write(Buffer.concat([Buffer.from(handshakeOf(eve!)), bytesOf({ opcode: TEXT, payload: 'early' })]))
    early.end()
    // The frame may arrive with the handshake (400) or after it (101).
    const received = await early.closed
    expect(received).toMatch(/^HTTP\/1\.1 (101|400) /)
    for (const { opcode, payload } of framesIn(received)) if (opcode === TEXT) expect(payload).toMatch(READY)
    const late = await upgraded(eve!)
    late.write(bytesOf({ opcode: CLOSE, payload: new Uint8Array([3, 232]) }))
    late.write(bytesOf({ opcode: PING, payload: 'late' }))
    expect(await late.closed).not.toContain('late')
  })

  test('of any kind and order cause no event and no error', async () => {
    const frame = fc.record(
      {
        opcode: fc.oneof(fc.constantFrom(0, TEXT, BINARY, CLOSE, PING, PONG), fc.nat(15)),
        payload: fc.oneof(
          fc.uint8Array({ maxLength: 130 }),
          fc.constantFrom(MARK, MARK.repeat(300), '{"type":"session-revoked","session":1}'),
        ),
        fin: fc.boolean(),
        rsv: fc.constantFrom(0, 0, 0, 0, 1, 4, 7),
        masked: fc.constantFrom(true, true, true, true, false),
        length: fc.constantFrom(0n, 1n, 125n, 126n, 65_536n, 2n ** 32n, 2n ** 63n),
      },
      { requiredKeys: ['opcode'] },
    )
    const cases = fc.record({
      frames: fc.array(frame, { minLength: 1, maxLength: 6 }),
      tail: fc.uint8Array({ maxLength: 5 }),
      cut: fc.boolean(),
    })
    await checkProperty(cases, { times, file: 'src/live/frames' }, async ({ frames, tail, cut }) => {
      const tcp = await upgraded(eve!)
      for (const one of frames) tcp.write(bytesOf(one as Frame))
      sent += frames.length
      tcp.write(tail)
      if (cut) tcp.cut()
      else tcp.end()
      for (const { opcode, payload } of framesIn(await tcp.closed)) {
        const type = opcode === TEXT ? JSON.parse(payload).type : opcode
        expect(['ready', 'heartbeat', CLOSE, PING, PONG]).toContain(type)
      }
    })
  })

  test('do not disturb other clients, and leave no connection open', async () => {
    const send = () => bob!.post(paths.api.messages('ada'), { body: 'still here?', clientId: 'one' })
    // Bob's idle HTTP connection may be closed just as it is reused (RFC 9112, 9.3.1).
    const { body } = await send().catch(send)
    expect(await quiet.next()).toMatchObject({ type: 'message', id: body.id, with: 'bob' })
    quiet.leave()
    // Poll until the closed connections are gone.
    while (!/^chatapp_live_connections\{transport="websocket"\} 0$/m.test(await metrics()));
    console.log(`${sent} frames, on ${backend.name}`)
    const { stdout, stderr } = await server.process.stop()
    expect(stderr).toBe('')
    expect(stdout).not.toMatch(new RegExp(`${MARK}|"level":[56]0`))
  })

  async function metrics(): Promise<string> {
    return (await fetch(`http://localhost:${port}/metrics`)).text()
  }

  /** Opens a WebSocket and waits for `ready`. */
  async function upgraded(person: Person): Promise<Tcp> {
    for (;;) {
      const tcp = openTcp(server.origin)
      tcp.write(handshakeOf(person))
      if ((await tcp.until('"ready"')).startsWith('HTTP/1.1 101')) return tcp
      // Closed connections may still count towards the limit of 20.
      tcp.cut()
    }
  }

  function handshakeOf({ token }: Person): string {
    const lines = [
      `GET ${paths.api.events} HTTP/1.1`,
      'Host: localhost',
      `Authorization: Bearer ${token}`,
      'Connection: Upgrade',
      'Upgrade: websocket',
      'Sec-WebSocket-Version: 13',
      'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    ]
    return `${lines.join('\r\n')}\r\n\r\n`
  }
})

/** Parses the frames after the handshake. Those of the server are unfragmented, unmasked and shorter than 64 KiB. */
function* framesIn(received: string): Generator<{ opcode: number; payload: string }> {
  let rest = received.slice(received.indexOf('\r\n\r\n') + 4)
  while (rest.length > 1) {
    const short = rest.charCodeAt(1)
    const start = short < 126 ? 2 : 4
    const length = short < 126 ? short : rest.charCodeAt(2) * 256 + rest.charCodeAt(3)
    yield { opcode: rest.charCodeAt(0) & 15, payload: rest.slice(start, start + length) }
    rest = rest.slice(start + length)
  }
}

/** Returns the close code; null without a close frame. */
function closeCode(received: string): number | null {
  const payload = framesIn(received).find(({ opcode }) => opcode === CLOSE)?.payload
  return payload ? payload.charCodeAt(0) * 256 + payload.charCodeAt(1) : null
}
