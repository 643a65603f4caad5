import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect } from 'playwright/test'
import type { MessageView } from '../src/messages/schema.ts'
import { paths } from '../web/paths.ts'
import type { AppServer } from './server.ts'

export const PASSWORD = 'a long walk home'

/** A user with an account and an API client. */
export type Person = {
  username: string
  displayName: string
  /** The session token of the API client. */
  token: string
  /** The URL of the process that this person uses. */
  url: string
  send(to: { username: string }, body: string): Promise<MessageView>
  /** Returns all messages of the conversation from the API. */
  messages(person: { username: string }): Promise<MessageView[]>
  /** Sends any other POST request. */
  post<T>(path: string, json: object): Promise<T>
  signOut(): Promise<void>
}

/** Signs in an existing user and returns the token. */
export async function signIn(url: string, username: string): Promise<string> {
  const session = await call<{ token: string }>(url, 'POST', paths.api.session, {
    username,
    password: PASSWORD,
  })
  return session.token
}

/** Creates an account through the API of the process at `url`. */
export async function createPerson(url: string, username: string, displayName: string): Promise<Person> {
  const { token } = await call<{ token: string }>(url, 'POST', paths.api.users, {
    username,
    displayName,
    password: PASSWORD,
  })
  const send = <T>(method: string, path: string, json?: object) => call<T>(url, method, path, json, token)
  return {
    username,
    displayName,
    token,
    url,
    send: (to, body) => send('POST', paths.api.messages(to.username), { body }),
    async messages(person) {
      const found: MessageView[] = []
      for (let before: number | null = 4_000_000_000; before !== null; ) {
        const path = `${paths.api.messages(person.username)}?limit=100&before=${before}`
        const page: { results: MessageView[]; previous: number | null } = await send('GET', path)
        found.unshift(...page.results)
        before = page.previous
      }
      return found
    },
    post: (path, json) => send('POST', path, json),
    signOut: () => send('DELETE', paths.api.session),
  }
}

/** Creates an administrator with the shell command, while the server runs on the embedded database. */
export async function makeAdmin({ url, dataDir }: AppServer, username: string) {
  const command = spawn(process.execPath, ['src/admin/admin-cli.ts', 'create', username], {
    env: { ...process.env, DATA_DIR: dataDir },
    stdio: ['pipe', 'ignore', 'inherit'],
  })
  command.stdin.end(`${PASSWORD}\n`)
  expect(await once(command, 'exit')).toEqual([0, null])
  return { url, username }
}

async function call<T>(url: string, method: string, path: string, json?: object, token?: string): Promise<T> {
  const response = await fetch(url + path, {
    method,
    headers: { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) },
    ...(json && { body: JSON.stringify(json) }),
  })
  const text = await response.text()
  expect(response.ok, `${method} ${path}: ${response.status} ${text}`).toBe(true)
  return (text ? JSON.parse(text) : undefined) as T
}
