import { paths } from '../web/paths.ts'

/** Somebody who calls a server that is measured: by name, with a token of a session that is in force. */
export type Caller = { username: string; token: string }

/**
 * One kept-alive connection that asks one thing after the other. Written on the socket itself, because on a machine of two
 * cores every cycle of the client's is missing from the server: `fetch` costs several times as much.
 */
export async function connect(origin: string, { token }: Caller) {
  const { hostname, port } = new URL(origin)
  const head = `host: ${hostname}:${port}\r\nauthorization: Bearer ${token}\r\n`
  let held = Buffer.alloc(0)
  let asked = Promise.withResolvers<Answer>()
  let closed = false
  const socket = await Bun.connect({
    hostname,
    port: Number(port),
    socket: {
      data(_socket, chunk) {
        held = held.length === 0 ? Buffer.from(chunk) : Buffer.concat([held, chunk])
        const answer = readAnswer(held)
        if (!answer) return
        held = Buffer.alloc(0)
        asked.resolve(answer)
      },
      close() {
        closed = true
        asked.reject(new Error('the server closed the connection'))
      },
    },
  })
  socket.setNoDelay(true)
  const ask = async (request: string): Promise<Answer> => {
    if (closed) throw new Error('the server has closed the connection')
    asked = Promise.withResolvers()
    socket.write(request)
    return asked.promise
  }
  return {
    get: (path: string) => ask(`GET ${path} HTTP/1.1\r\n${head}\r\n`),
    /** `json` holds ASCII only. */
    post: (path: string, json: string) =>
      ask(
        `POST ${path} HTTP/1.1\r\n${head}content-type: application/json\r\ncontent-length: ${json.length}\r\n\r\n${json}`,
      ),
    close() {
      asked.promise.catch(() => {})
      socket.end()
    },
  }
}
export type Client = Awaited<ReturnType<typeof connect>>
export type Answer = { status: number; body: string }

/** Null while there is more to come. */
function readAnswer(bytes: Buffer): Answer | null {
  const end = bytes.indexOf('\r\n\r\n')
  if (end < 0) return null
  const head = bytes.toString('latin1', 0, end)
  const length = /\r\ncontent-length: (\d+)/i.exec(head)?.[1]
  if (length === undefined) throw new Error(`an answer of unknown length: ${head}`)
  if (bytes.length < end + 4 + Number(length)) return null
  return { status: Number(head.slice(9, 12)), body: bytes.toString('utf8', end + 4) }
}

/** A live connection over a WebSocket: `next` resolves with the next message's version. */
export async function listen(origin: string, { token }: Caller) {
  const url = origin.replace('http', 'ws') + paths.api.events
  const socket = new WebSocket(url, { headers: { authorization: `Bearer ${token}` } } as never)
  const ready = Promise.withResolvers<void>()
  let message = Promise.withResolvers<number>()
  socket.onmessage = ({ data }) => {
    const event = JSON.parse(data)
    if (event.type === 'ready') ready.resolve()
    if (event.type === 'message') message.resolve(event.version)
  }
  socket.onclose = ({ code }) => ready.reject(new Error(`the live connection closed with ${code}`))
  await ready.promise
  return {
    next() {
      message = Promise.withResolvers()
      return message.promise
    },
    close: () => socket.close(),
  }
}
export type Listening = Awaited<ReturnType<typeof listen>>
