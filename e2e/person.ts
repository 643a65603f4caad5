import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect } from 'playwright/test'
import type { MessageView } from '../src/messages/schema.ts'
import { paths } from '../web/paths.ts'
import type { AppServer } from './server.ts'

export const PASSWORD = 'a long walk home'

/** Somebody with an account, who also has an API client beside the browser. */
export type Person = {
  username: string
  displayName: string
  /** Of the API client's session. */
  token: string
  /** The address of the process that this person is on. */
  url: string
  send(to: { username: string }, body: string): Promise<MessageView>
  /** Everything in the conversation, as the API tells it. */
  messages(person: { username: string }): Promise<MessageView[]>
  /** Whatever else the API does. */
  post<T>(path: string, json: object): Promise<T>
  signOut(): Promise<void>
}

/** A new session of somebody who has an account. */
export async function signIn(url: string, username: string): Promise<string> {
  const answer = await call<{ token: string }>(url, 'POST', paths.api.session, {
    username,
    password: PASSWORD,
  })
  return answer.token
}

/** Makes an account through the API of the process at `url`. */
export async function createPerson(url: string, username: string, displayName: string): Promise<Person> {
  const { token } = await call<{ token: string }>(url, 'POST', paths.api.users, {
    username,
    displayName,
    password: PASSWORD,
  })
  const ask = <T>(method: string, path: string, json?: object) => call<T>(url, method, path, json, token)
  return {
    username,
    displayName,
    token,
    url,
    send: (to, body) => ask('POST', paths.api.messages(to.username), { body }),
    async messages(person) {
      const found: MessageView[] = []
      for (let before: number | null = 4_000_000_000; before !== null; ) {
        const path = `${paths.api.messages(person.username)}?limit=100&before=${before}`
        const page: { results: MessageView[]; previous: number | null } = await ask('GET', path)
        found.unshift(...page.results)
        before = page.previous
      }
      return found
    },
    post: (path, json) => ask('POST', path, json),
    signOut: () => ask('DELETE', paths.api.session),
  }
}

/** Makes an administrator as an operator does: beside the server that runs, on the embedded database. */
export async function makeAdmin({ url, dataDir }: AppServer, username: string) {
  const command = spawn(process.execPath, ['src/admin/cli.ts', 'create', username], {
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
