import type { MessageView } from '../../src/messages/schema.ts'
import { paths } from '../../web/paths.ts'
import { type EventStream, openEvents } from './events.ts'

/** A response. `body` is the parsed JSON, or null if empty. */
export type ApiResponse = { status: number; headers: Headers; body: Awaited<ReturnType<Response['json']>> }

export const PASSWORD = 'correct horse battery'

/** The app itself or a running server. */
export type Served = {
  origin: string
  fetch(request: Request, address: string): Response | Promise<Response>
}

/** A client of the app with its own IP address, signed in by bearer token once `token` is set. */
export type Person = {
  username: string
  token: string | null
  address: string
  /** Sends the request, with the token unless it has credentials. */
  fetch(path: string, init?: RequestInit): Promise<Response>
  get(path: string): Promise<ApiResponse>
  post(path: string, body: unknown): Promise<ApiResponse>
  put(path: string, body: unknown): Promise<ApiResponse>
  patch(path: string, body: unknown): Promise<ApiResponse>
  delete(path: string): Promise<ApiResponse>
  signUp(username: string, more?: { displayName?: string; email?: string }): Promise<Person>
  signIn(username: string, password?: string): Promise<ApiResponse>
  /** Sends a message, which must return 201. */
  say(to: Person, body: string, clientId?: string): Promise<MessageView>
  /** Opens an event stream and reads its `ready` event. */
  events(): Promise<EventStream>
}

export function newPerson(served: Served): Person {
  const call = async (method: string, path: string, body?: unknown): Promise<ApiResponse> => {
    const response = await person.fetch(path, {
      method,
      ...(body !== undefined && {
        body: JSON.stringify(body),
        headers: { 'content-type': 'application/json' },
      }),
    })
    const text = await response.text()
    return { status: response.status, headers: response.headers, body: text ? JSON.parse(text) : null }
  }
  const person: Person = {
    username: '',
    token: null,
    address: randomAddress(),
    async fetch(path, init = {}) {
      const headers = new Headers(init.headers)
      const known = headers.has('authorization') || headers.has('cookie')
      if (person.token && !known) headers.set('authorization', `Bearer ${person.token}`)
      return served.fetch(new Request(`${served.origin}${path}`, { ...init, headers }), person.address)
    },
    get: (path) => call('GET', path),
    post: (path, body) => call('POST', path, body),
    put: (path, body) => call('PUT', path, body),
    patch: (path, body) => call('PATCH', path, body),
    delete: (path) => call('DELETE', path),
    async signUp(username, more = {}) {
      const { status, body } = await person.post(paths.api.users, { username, password: PASSWORD, ...more })
      if (status !== 201) throw new Error(`${username} can't sign up: ${JSON.stringify(body)}`)
      return Object.assign(person, { username, token: body.token as string })
    },
    async signIn(username, password = PASSWORD) {
      const answer = await person.post(paths.api.session, { username, password })
      if (answer.status === 200) Object.assign(person, { username, token: answer.body.token })
      return answer
    },
    async say(to, body, clientId) {
      const answer = await person.post(paths.api.messages(to.username), { body, clientId })
      if (answer.status !== 201) throw new Error(`send failed: ${JSON.stringify(answer.body)}`)
      return answer.body
    },
    async events() {
      const stream = await openEvents(person)
      await stream.next('ready')
      return stream
    },
  }
  return person
}

/** Rate limits count by address, and Redis keeps them across tests. */
function randomAddress(): string {
  // Canonical (RFC 5952): no group is zero.
  const groups = [...crypto.getRandomValues(new Uint16Array(5))].map((group) => (group || 1).toString(16))
  return `2001:db8:${groups.join(':')}:1`
}
