import { expect, test } from 'bun:test'
import { mkdtemp, readdir, rmdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { paths, withQuery } from '../web/paths.ts'
import { readPlay } from './demo-play.ts'

const START = Date.parse('2026-11-23T18:30:00')

test('a demo conversation is in the past and in written order', () => {
  const { lines, readUpTo } = readPlay(
    '2 days ago, 23:59\nada: First,\n  and its second line.\ngrace: Next\n\n(ada has read up to here)\n1 minute ago\ngrace: 你好\nada: 👋\n',
    START,
  )
  expect(lines.map(({ by, body }) => [by, body.trim()])).toEqual([
    ['ada', 'First,\nand its second line.'],
    ['grace', 'Next'],
    ['grace', '你好'],
    ['ada', '👋'],
  ])
  const times = lines.map(({ time }) => time)
  expect(times).toEqual(times.toSorted((a, b) => a - b))
  expect(new Date(times[0]!).getDate()).toBe(21)
  expect(times[3]).toBeWithin(START - 60_000, START + 1)
  expect(readUpTo).toEqual({ ada: 2 })
})

test('an invalid line is quoted in the error', () => {
  expect(() => readPlay('yesterday\nada: Hello', START)).toThrow('Invalid line: yesterday')
})

test('the demo prints its accounts, has a long conversation and unread messages, and removes its data', async () => {
  const TMPDIR = await mkdtemp(join(tmpdir(), 'chatapp-test-'))
  const demo = Bun.spawn([process.execPath, join(import.meta.dir, 'demo.ts')], {
    env: { ...process.env, TMPDIR, PORT: '0', ORIGIN: '' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let output = ''
  for await (const chunk of demo.stdout.values({ preventCancel: true })) {
    output += new TextDecoder().decode(chunk)
    if (output.includes('Ctrl+C')) break
  }
  const [, origin] = /ChatApp: (\S+)/.exec(output)!
  const [, username] = /as {2}(\S+)/.exec(output)!
  const [, password] = /Password: +(\S+)/.exec(output)!
  const signedIn = await fetch(origin + paths.api.session, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username, password }),
  })
  const { token } = (await signedIn.json()) as { token: string }
  const get = async (path: string) =>
    (await fetch(origin + path, { headers: { authorization: `Bearer ${token}` } })).json()

  const { results } = (await get(paths.api.conversations)) as {
    results: { with: string; lastSeq: number; unread: number; lastMessage: { createdAt: string } }[]
  }
  expect(results.length).toBeGreaterThan(10)
  expect(results.some(({ unread }) => unread > 0)).toBe(true)
  expect(Math.max(...results.map(({ lastSeq }) => lastSeq))).toBeGreaterThan(100)
  for (const { lastMessage } of results) expect(Date.parse(lastMessage.createdAt)).toBeLessThan(Date.now())
  const { results: found } = (await get(withQuery(paths.api.users, { search: '美' }))) as {
    results: unknown[]
  }
  expect(found).toHaveLength(1)

  demo.kill()
  expect(await demo.exited).toBe(0)
  expect(await readdir(TMPDIR)).toEqual([])
  await rmdir(TMPDIR)
}, 180_000)
