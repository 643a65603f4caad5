import { connect, type Socket } from 'node:net'

/** A raw TCP connection. */
export type Tcp = {
  write(bytes: string | Uint8Array): void
  /** Half-closes: sends no more, but still receives. */
  end(): void
  /** Closes the connection. */
  cut(): void
  /** Resolves with the received bytes (latin1) once they contain `text` or the connection closes. */
  until(text: string): Promise<string>
  /** Resolves with all received bytes when the connection closes. */
  closed: Promise<string>
}

/** Connects to a server by its origin. */
export function openTcp(origin: string): Tcp {
  const socket: Socket = connect(Number(new URL(origin).port), 'localhost')
  let received = ''
  socket.setEncoding('latin1')
  const closed = new Promise<string>((resolve) => socket.on('close', () => resolve(received)))
  // A reset counts as a refusal.
  socket.on('error', () => {})
  socket.on('data', (chunk) => {
    received += chunk
  })
  return {
    write: (bytes) => void socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes),
    end: () => void socket.end(),
    cut: () => void socket.destroy(),
    until: (text) =>
      new Promise((resolve) => {
        const check = () => received.includes(text) && resolve(received)
        socket.on('data', check)
        closed.then(resolve)
        check()
      }),
    closed,
  }
}

/** Sends the bytes and half-closes. Returns the statuses received until the connection closes. */
export async function exchange(origin: string, bytes: string | Uint8Array): Promise<number[]> {
  const tcp = openTcp(origin)
  tcp.write(bytes)
  tcp.end()
  return statusesIn(await tcp.closed)
}

/** Returns the response statuses in order, without 1xx. */
export function statusesIn(received: string): number[] {
  return [...received.matchAll(/HTTP\/1\.1 ([2-9]\d\d)/g)].map(([, status]) => Number(status))
}
