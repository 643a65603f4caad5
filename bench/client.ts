import { paths } from '../web/paths.ts'

/** A user of the measured server: the username and the token of a valid session. */
export type Caller = { username: string; token: string }

/**
 * One keep-alive connection for sequential requests. Uses the socket directly: `fetch` costs several times as much CPU time,
 * which client and server share.
 */
export async function connect(origin: string, { token }: Caller) {
  const { hostname, port } = new URL(origin)
  const head = `host: ${hostname}:${port}\r\nauthorization: Bearer ${token}\r\n`
  let received = Buffer.alloc(0)
  let pending = Promise.withResolvers<Reply>()
  let closed = false
  const socket = await Bun.connect({
    hostname,
    port: Number(port),
    socket: {
      data(_socket, chunk) {
        received = received.length === 0 ? Buffer.from(chunk) : Buffer.concat([received, chunk])
        const reply = readReply(received)
        if (!reply) return
        received = Buffer.alloc(0)
        pending.resolve(reply)
      },
      close() {
        closed = true
        pending.reject(new Error('the server closed the connection'))
      },
    },
  })
  socket.setNoDelay(true)
  /** `body` must be ASCII. */
  const send = async (method: string, path: string, { headers = {}, body }: Options = {}): Promise<Reply> => {
    if (closed) throw new Error('the server has closed the connection')
    pending = Promise.withResolvers()
    let request = `${method} ${path} HTTP/1.1\r\n${head}`
    for (const name in headers) request += `${name}: ${headers[name]}\r\n`
    if (body !== undefined) request += `content-length: ${body.length}\r\n`
    socket.write(`${request}\r\n${body ?? ''}`)
    return pending.promise
  }
  return {
    send,
    get: (path: string) => send('GET', path),
    /** `json` must be ASCII. */
    post: (path: string, json: string) =>
      send('POST', path, { headers: { 'content-type': 'application/json' }, body: json }),
    close() {
      pending.promise.catch(() => {})
      socket.end()
    },
  }
}
export type Client = Awaited<ReturnType<typeof connect>>
export type Reply = { status: number; body: string }
type Options = { headers?: Record<string, string>; body?: string }

/** Returns null until the response is complete. */
function readReply(bytes: Buffer): Reply | null {
  const end = bytes.indexOf('\r\n\r\n')
  if (end < 0) return null
  const head = bytes.toString('latin1', 0, end)
  const status = Number(head.slice(9, 12))
  if (status === 204) return { status, body: '' }
  const length = /\r\ncontent-length: (\d+)/i.exec(head)?.[1]
  if (length === undefined) throw new Error(`response without a length: ${head}`)
  if (bytes.length < end + 4 + Number(length)) return null
  return { status, body: bytes.toString('utf8', end + 4) }
}

/** A WebSocket with the token in a header: browsers send a cookie instead. */
export function socketWith({ token }: Caller): typeof WebSocket {
  return class extends WebSocket {
    constructor(url: string | URL) {
      super(url, { headers: { authorization: `Bearer ${token}` } } as never)
    }
  } as typeof WebSocket
}

/** A live connection over a WebSocket. `next` resolves with the version of the next message. */
export async function listen(origin: string, caller: Caller) {
  const socket = new (socketWith(caller))(origin.replace('http', 'ws') + paths.api.events)
  const ready = Promise.withResolvers<void>()
  let message = Promise.withResolvers<number>()
  socket.onmessage = ({ data }) => {
    const event = JSON.parse(data)
    if (event.type === 'ready') ready.resolve()
    if (event.type === 'message') message.resolve(event.version)
  }
  socket.onclose = ({ code }) => ready.reject(new Error(`the live connection closed with code ${code}`))
  await ready.promise
  return {
    next() {
      message = Promise.withResolvers()
      return message.promise
    },
    close: () => socket.close(),
  }
}
