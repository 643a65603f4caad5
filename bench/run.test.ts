import { expect, test } from 'bun:test'
import { join } from 'node:path'

async function bench(...args: string[]) {
  const command = [process.execPath, join(import.meta.dirname, 'run.ts'), ...args]
  const child = Bun.spawn(command, { stdio: ['ignore', 'pipe', 'pipe'] })
  const [stdout, stderr] = [new Response(child.stdout).text(), new Response(child.stderr).text()]
  return { code: await child.exited, stdout: await stdout, stderr: await stderr }
}

test('the benchmark measures everything with a budget and prints one table', async () => {
  const { code, stdout, stderr } = await bench('--quick')
  expect({ code, stderr }).toMatchObject({ code: 0 })
  const lines = stdout.trim().split('\n')
  expect(lines.map((line) => line.split('|').length)).toEqual(lines.map(() => 8))
  expect(stdout).not.toContain('NaN')
  for (const what of [
    'SQLite and memory, 2 senders: throughput',
    'MySQL and Redis, 2 senders: both notified and fetched by the recipient, p50',
    'MySQL and Redis, an earlier page of 1,000 messages',
    'MySQL and Redis, a middle page of 200 people',
    'memory per idle event stream at 100',
    'SQLite and memory: start to first response',
    'new message on the page, scrolled back, 100 loaded: script',
    'scripts of the chat page',
  ]) {
    expect(stdout).toContain(what)
  }
}, 300_000)

test('the benchmark lists its sections when one is unknown', async () => {
  const { code, stderr } = await bench('--only', 'size,colour')
  expect(code).toBe(2)
  expect(stderr).toContain('Unknown section "colour". Available: sends, history')
})
