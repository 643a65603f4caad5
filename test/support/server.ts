import { rmSync } from 'node:fs'
import { request } from 'node:http'
import type { LiveEventView } from '../../src/live/schema.ts'
import { paths } from '../../web/paths.ts'
import { type Backend, dropDatabase, type Env, newFolder } from './chat.ts'
import { newPerson, type Person } from './person.ts'
import { type Ended, type Process, run, serverFile } from './process.ts'

/** ChatApp in a child process with its own port. */
export type Server = {
  origin: string
  process: Process
  signUp(username: string): Promise<Person>
  stranger(): Person
  /** Stops it if it runs, and removes its data unless the folder was given. */
  close(): Promise<Ended>
}

/** Starts a server and waits until it is ready. */
export async function startServer(backend: Backend, more: Env = {}): Promise<Server> {
  const DATA_DIR = more.DATA_DIR ?? newFolder()
  const env: Env = { PORT: '0', LOG_LEVEL: 'warn', ...backend.settings(), ...more, DATA_DIR }
  const process = run(serverFile, env)
  const origin = (await process.line('ChatApp: ')).replace('ChatApp: ', '')
  const served = { origin, fetch: (request: Request) => fetch(request) }
  return {
    origin,
    process,
    signUp: (username) => newPerson(served).signUp(username),
    stranger: () => newPerson(served),
    async close() {
      const ended = await process.stop()
      if (env.DATABASE_URL) await dropDatabase(env.DATABASE_URL)
      if (!more.DATA_DIR) rmSync(DATA_DIR, { recursive: true })
      return ended
    },
  }
}

/** A live connection over a WebSocket. */
export type Socket = {
  next(): Promise<LiveEventView>
  send(text: string): void
  /** Resolves with the close code. */
  closed: Promise<number>
  leave(): void
}

/** Opens a WebSocket and reads its `ready` event. */
export async function openSocket({ origin }: Server, person: Person): Promise<Socket> {
  const url = `${origin.replace('http:', 'ws:')}${paths.api.events}`
  const headers = { authorization: `Bearer ${person.token}` }
  const socket = new WebSocket(url, { headers } as never)
  const arrived: LiveEventView[] = []
  const waiting: ((event: LiveEventView) => void)[] = []
  socket.onmessage = ({ data }) => {
    const event = JSON.parse(data)
    if (event.type === 'heartbeat') return
    const next = waiting.shift()
    if (next) next(event)
    else arrived.push(event)
  }
  const closed = new Promise<number>((resolve) => {
    socket.onclose = ({ code }) => resolve(code)
  })
  const next = () =>
    new Promise<LiveEventView>((resolve, reject) => {
      const first = arrived.shift()
      if (first) return resolve(first)
      waiting.push(resolve)
      closed.then((code) => reject(new Error(`closed with ${code}`)))
    })
  const first = await next()
  if (first.type !== 'ready') throw new Error(`waited for ready, got ${JSON.stringify(first)}`)
  return { next, send: (text) => socket.send(text), closed, leave: () => socket.close() }
}

/** Returns the response status of a WebSocket handshake with these headers; 101 on success. */
export function handshake({ origin }: Server, headers: Record<string, string | undefined>): Promise<number> {
  const standard = {
    connection: 'Upgrade',
    upgrade: 'websocket',
    'sec-websocket-version': '13',
    'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
  }
  const present = Object.entries({ ...standard, ...headers }).filter(([, value]) => value !== undefined)
  return new Promise((resolve, reject) => {
    request(`${origin}${paths.api.events}`, {
      headers: Object.fromEntries(present) as Record<string, string>,
    })
      .on('response', (response) => resolve(response.resume().statusCode!))
      .on('upgrade', (response, socket) => {
        socket.destroy()
        resolve(response.statusCode!)
      })
      .on('error', reject)
      .end()
  })
}
