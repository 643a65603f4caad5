import { rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { backends, type Chat, type Env, newFolder, openChat } from './chat.ts'
import { newPerson } from './person.ts'

/** What the API's own suites need: they know of the app only what it answers. */
type Outside = Pick<Chat, 'signUp' | 'stranger' | 'close'>

/** For `describe.each` of suites that ask for nothing but answers: both backends here, and another runtime. */
export const everywhere: { name: string; open: () => Promise<Outside> }[] = [
  ...backends.map((backend) => ({ name: backend.name, open: () => openChat(backend) })),
  { name: 'SQLite and memory under Deno', open: () => openDeno() },
]

/** ChatApp in a process under Deno, as `src/fetch.ts` serves it on the embedded default. */
export async function openDeno(env: Env = {}): Promise<Outside> {
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
  // A test that fails leaves nothing behind.
  const kill = () => child.kill('SIGKILL')
  process.once('exit', kill)
  const app = { origin: await addressIn(child.stderr), fetch: (request: Request) => fetch(request) }
  return {
    signUp: (username, more) => newPerson(app).signUp(username, more),
    stranger: () => newPerson(app),
    async close() {
      kill()
      process.removeListener('exit', kill)
      await child.exited
      rmSync(folder, { recursive: true })
    },
  }
}

async function addressIn(output: ReadableStream<Uint8Array>): Promise<string> {
  let said = ''
  for await (const text of output.pipeThrough(
    new TextDecoderStream() as never,
  ) as unknown as AsyncIterable<string>) {
    said += text
    const address = /Listening on (http:\S+?)\/?\s/.exec(said)?.[1]
    if (address) return address
  }
  throw new Error(`Deno did not serve: ${said}`)
}
