import { rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { backends, type Chat, type Env, newFolder, openChat } from './chat.ts'
import { newPerson } from './person.ts'

/** The part of {@link Chat} that needs no access to the process. */
type RemoteChat = Pick<Chat, 'signUp' | 'stranger' | 'close'>

/** Deno with `src/fetch.ts`. */
type Deno = RemoteChat & {
  /** Sends SIGTERM, and resolves with the exit code. */
  terminate(): Promise<number>
}

/** For `describe.each` of suites that only use HTTP: both backends, and another runtime. */
export const everywhere: { name: string; open: () => Promise<RemoteChat> }[] = [
  ...backends.map((backend) => ({ name: backend.name, open: () => openChat(backend) })),
  { name: 'SQLite and memory under Deno', open: () => openDeno() },
]

/** Starts `src/fetch.ts` under Deno with the embedded database. */
export async function openDeno(env: Env = {}): Promise<Deno> {
  const folder = newFolder()
  const { runInstall } = createRequire(import.meta.url)('deno/install_api.cjs')
  const child = Bun.spawn(
    [
      runInstall(),
      'serve',
      '-A',
      '--host',
      '127.0.0.1',
      '--port',
      '0',
      join(import.meta.dirname, '../../src/fetch.ts'),
    ],
    {
      env: {
        PATH: process.env.PATH,
        HOME: folder,
        NO_COLOR: '1',
        DATA_DIR: folder,
        RATE_LIMITS: 'off',
        ...env,
      },
      stdout: 'ignore',
      stderr: 'pipe',
    },
  )
  // Also after a failed test.
  const kill = () => child.kill('SIGKILL')
  process.once('exit', kill)
  const app = { origin: await addressIn(child.stderr), fetch: (request: Request) => fetch(request) }
  return {
    signUp: (username, more) => newPerson(app).signUp(username, more),
    stranger: () => newPerson(app),
    async terminate() {
      child.kill('SIGTERM')
      return child.exited
    },
    async close() {
      kill()
      process.removeListener('exit', kill)
      await child.exited
      rmSync(folder, { recursive: true })
    },
  }
}

async function addressIn(output: ReadableStream<Uint8Array>): Promise<string> {
  let printed = ''
  for await (const text of output.pipeThrough(
    new TextDecoderStream() as never,
  ) as unknown as AsyncIterable<string>) {
    printed += text
    const address = /Listening on (http:\S+?)\/?\s/.exec(printed)?.[1]
    if (address) return address
  }
  throw new Error(`Deno did not start: ${printed}`)
}
