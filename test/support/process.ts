import { join } from 'node:path'
import type { Env } from './chat.ts'

const src = join(import.meta.dirname, '../../src')

/** A program of ours that runs in a process of its own. */
export type Process = {
  /** The id of the process. */
  pid: number
  /** Resolves with the first line of standard output that contains `text`; rejects when the process ends without it. */
  line(text: string): Promise<string>
  /** Sends the signal, `SIGTERM` unless told otherwise, and waits for the end. */
  stop(signal?: NodeJS.Signals): Promise<Ended>
  ended: Promise<Ended>
}
export type Ended = {
  code: number | null
  signal: NodeJS.Signals | number | null
  stdout: string
  stderr: string
}

const running = new Set<Bun.Subprocess>()
// A test that fails leaves nothing behind.
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

/** Runs a file of `src/` with these settings and none of this process's own. */
export function run(file: string, env: Env, { args = [] as string[], input = '' } = {}): Process {
  const child = Bun.spawn([process.execPath, join(src, file), ...args], {
    env: { PATH: process.env.PATH, NO_COLOR: '1', ...env },
    stdin: new Blob([input]),
    stdout: 'pipe',
    stderr: 'pipe',
  })
  running.add(child)
  let stdout = ''
  let over = false
  const waiting = new Set<() => void>()
  const reading = (async () => {
    const decoder = new TextDecoder()
    for await (const chunk of child.stdout) {
      stdout += decoder.decode(chunk, { stream: true })
      for (const look of waiting) look()
    }
  })()
  const stderr = new Response(child.stderr).text()
  const ended = (async () => {
    await Promise.all([child.exited, reading])
    running.delete(child)
    over = true
    for (const look of waiting) look()
    return { code: child.exitCode, signal: child.signalCode, stdout, stderr: await stderr }
  })()
  return {
    pid: child.pid,
    line: (text) =>
      new Promise((resolve, reject) => {
        const look = () => {
          const line = stdout
            .split('\n')
            .slice(0, -1)
            .find((line) => line.includes(text))
          if (line !== undefined) resolve(line)
          else if (over)
            ended.then(({ stderr }) => reject(new Error(`${file} ended without "${text}": ${stderr}`)))
        }
        waiting.add(look)
        look()
      }),
    stop(signal = 'SIGTERM') {
      child.kill(signal)
      return ended
    },
    ended,
  }
}
