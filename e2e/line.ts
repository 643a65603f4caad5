import { connect, createServer, type Socket } from 'node:net'
import { freePort } from '../scripts/servers.ts'

/** What stands between a browser and the app: a TCP relay that can be cut. */
export type Line = {
  url: string
  /** Ends every connection and takes no new one, until `mend`. */
  cut(): void
  mend(): void
  /** Requests whose head matches end without reaching the app; null lets everything through again. */
  refuse(head: RegExp | null): void
  /** Requests whose head matches reach the app, but the connection breaks before its answer is through. */
  loseAnswer(head: RegExp | null): void
  close(): Promise<void>
}

/** The head of each request that sends a message. */
export const anySend = /^POST \/api\/v1\/conversations\/[^/]+\/messages /

export async function openLine(to: string): Promise<Line> {
  const target = new URL(to)
  const port = await freePort()
  const sockets = new Set<Socket>()
  let whole = true
  let refused: RegExp | null = null
  let unanswered: RegExp | null = null

  const relay = createServer((browser) => {
    if (!whole) return void browser.destroy()
    const app = connect(Number(target.port), target.hostname)
    let lost = false
    const end = () => {
      browser.destroy()
      app.destroy()
    }
    for (const socket of [browser, app]) {
      sockets.add(socket)
      socket.on('error', end)
      socket.on('close', () => {
        sockets.delete(socket)
        end()
      })
    }
    browser.on('data', (chunk) => {
      const head = chunk.toString('latin1')
      if (refused?.test(head)) return end()
      lost ||= unanswered?.test(head) ?? false
      app.write(chunk)
    })
    app.on('data', (chunk) => (lost ? end() : void browser.write(chunk)))
  })
  await new Promise<void>((resolve) => relay.listen(port, '127.0.0.1', resolve))

  const drop = () => {
    for (const socket of sockets) socket.destroy()
  }
  return {
    url: `http://127.0.0.1:${port}`,
    cut() {
      whole = false
      drop()
    },
    mend() {
      whole = true
    },
    refuse(head) {
      refused = head
    },
    loseAnswer(head) {
      unanswered = head
    },
    async close() {
      drop()
      await new Promise((resolve) => relay.close(resolve))
    },
  }
}
