import { connect, type Socket } from 'node:net'

/** A connection on which every byte is ours. */
export type Tcp = {
  write(bytes: string | Uint8Array): void
  /** Sends no more, and still listens. */
  end(): void
  /** Cuts it. */
  cut(): void
  /** Resolves with all that has come, one character a byte, once it contains `text`, or when it is over. */
  until(text: string): Promise<string>
  /** Resolves with all that has come when the other side has closed it. */
  closed: Promise<string>
}

/** Connects to a server by its origin. */
export function openTcp(origin: string): Tcp {
  const socket: Socket = connect(Number(new URL(origin).port), 'localhost')
  let received = ''
  socket.setEncoding('latin1')
  const closed = new Promise<string>((resolve) => socket.on('close', () => resolve(received)))
  // A reset is one way to be refused.
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
        const look = () => received.includes(text) && resolve(received)
        socket.on('data', look)
        closed.then(resolve)
        look()
      }),
    closed,
  }
}

/** Sends the bytes and no more; answers the statuses that came back until it was closed. */
export async function exchange(origin: string, bytes: string | Uint8Array): Promise<number[]> {
  const tcp = openTcp(origin)
  tcp.write(bytes)
  tcp.end()
  return statusesIn(await tcp.closed)
}

/** The statuses of the answers that came one after the other, those of 1xx left out. */
export function statusesIn(received: string): number[] {
  return [...received.matchAll(/HTTP\/1\.1 ([2-9]\d\d)/g)].map(([, status]) => Number(status))
}
