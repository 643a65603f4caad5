import { join } from 'node:path'
import type { Env } from './chat.ts'

const src = join(import.meta.dirname, '../../src')

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

/** Runs a file of `src/` with the given environment only. */
export function run(file: string, env: Env, { args = [] as string[], input = '' } = {}): Process {
  const child = Bun.spawn([process.execPath, join(src, file), ...args], {
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
