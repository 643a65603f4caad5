import { connect, createServer, type Socket } from 'node:net'
import { freePort } from '../scripts/servers.ts'

/** A TCP relay between a browser and the app that can be cut. */
export type Line = {
  url: string
  /** Closes every connection and refuses new ones until `mend`. */
  cut(): void
  mend(): void
  /** Drops requests whose head matches before they reach the app. Null disables this. */
  refuse(head: RegExp | null): void
  /** Drops the responses to requests whose head matches. Null disables this. */
  loseResponse(head: RegExp | null): void
  close(): Promise<void>
}

/** Matches the head of a request that sends a message. */
export const anySend = /^POST \/api\/v1\/conversations\/[^/]+\/messages /

export async function openLine(to: string): Promise<Line> {
  const target = new URL(to)
  const port = await freePort()
  const sockets = new Set<Socket>()
  let isUp = true
  let refused: RegExp | null = null
  let unanswered: RegExp | null = null

  const relay = createServer((browser) => {
    if (!isUp) return void browser.destroy()
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
      isUp = false
      drop()
    },
    mend() {
      isUp = true
    },
    refuse(head) {
      refused = head
    },
    loseResponse(head) {
      unanswered = head
    },
    async close() {
      drop()
      await new Promise((resolve) => relay.close(resolve))
    },
  }
}
