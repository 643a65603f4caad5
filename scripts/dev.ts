import { watch } from 'node:fs'
import { join } from 'node:path'

/** `bun run dev`: builds and starts the server, and restarts it after every change. */
const root = join(import.meta.dirname, '..')

let server: Bun.Subprocess | undefined
let due: ReturnType<typeof setTimeout> | undefined
let turn = Promise.resolve()

for (const folder of ['src', 'web', 'migrations']) {
  watch(join(root, folder), { recursive: true }, () => {
    // Editors may write several files at once.
    clearTimeout(due)
    due = setTimeout(() => void next(), 100)
  })
}
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, async () => {
    server?.kill()
    await server?.exited
    process.exit()
  })
}
await next()

function next(): Promise<void> {
  turn = turn.then(restart)
  return turn
}

async function restart(): Promise<void> {
  if ((await run('scripts/build.ts').exited) !== 0) return
  server?.kill()
  await server?.exited
  server = run('src/main.ts')
}

function run(file: string) {
  return Bun.spawn([process.execPath, join(root, file)], { stdio: ['ignore', 'inherit', 'inherit'] })
}
