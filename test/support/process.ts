import { join, resolve } from 'node:path'
import type { Env } from './chat.ts'

const root = join(import.meta.dirname, '../..')

/** The server: built by the test command, otherwise its source. */
export const serverFile = join(root, process.env.TEST_SERVER ?? 'src/main.ts')

/** A program of the project in a child process. */
export type Process = {
  pid: number
  /** Resolves with the first line of standard output that contains `text`. Rejects if the process ends without it. */
  line(text: string): Promise<string>
  /** Sends the signal (default `SIGTERM`) and waits for the exit. */
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
// Also after a failed test.
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

/** Runs a program of the project with the given environment only. `file` is absolute, or relative to the project's folder. */
export function run(file: string, env: Env, { args = [] as string[], input = '' } = {}): Process {
  const child = Bun.spawn([process.execPath, resolve(root, file), ...args], {
    env: { PATH: process.env.PATH, NO_COLOR: '1', ...env },
    stdin: new Blob([input]),
    stdout: 'pipe',
    stderr: 'pipe',
  })
  running.add(child)
  let stdout = ''
  let hasEnded = false
  const waiting = new Set<() => void>()
  const reading = (async () => {
    const decoder = new TextDecoder()
    for await (const chunk of child.stdout) {
      stdout += decoder.decode(chunk, { stream: true })
      for (const check of waiting) check()
    }
  })()
  const stderr = new Response(child.stderr).text()
  const ended = (async () => {
    await Promise.all([child.exited, reading])
    running.delete(child)
    hasEnded = true
    for (const check of waiting) check()
    return { code: child.exitCode, signal: child.signalCode, stdout, stderr: await stderr }
  })()
  return {
    pid: child.pid,
    line: (text) =>
      new Promise((resolve, reject) => {
        const check = () => {
          const line = stdout
            .split('\n')
            .slice(0, -1)
            .find((line) => line.includes(text))
          if (line !== undefined) resolve(line)
          else if (hasEnded)
            ended.then(({ stderr }) => reject(new Error(`${file} ended without "${text}": ${stderr}`)))
        }
        waiting.add(check)
        check()
      }),
    stop(signal = 'SIGTERM') {
      child.kill(signal)
      return ended
    },
    ended,
  }
}
