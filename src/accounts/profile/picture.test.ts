import { afterAll, expect, spyOn, test } from 'bun:test'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { jpegOfScans, png } from '../../../test/support/pictures.ts'
import { Invalid } from '../../http/errors.ts'
import { makePicture } from './picture.ts'
import { DECODE_MEMORY, DECODE_MS, LIMIT_SIGNAL } from './picture-limits.ts'

const folder = mkdtempSync(join(tmpdir(), 'chatapp-picture-'))
const { spawn } = Bun
const spy = spyOn(Bun, 'spawn')
afterAll(() => {
  spy.mockRestore()
  rmSync(folder, { recursive: true })
})

/** Starts the next decoder in another way. */
function replaceNext(start: (command: string[], options: { signal?: AbortSignal }) => unknown): void {
  spy.mockImplementationOnce(start as typeof Bun.spawn)
}

/** Runs another program as the next decoder, with the same options. Returns the error of `makePicture`. */
async function errorOf(program: string): Promise<unknown> {
  const file = join(folder, `${crypto.randomUUID()}.js`)
  writeFileSync(file, program)
  replaceNext((command, options) =>
    spawn(
      command.map((part) => (part.includes('picture-decoder') ? file : part)),
      options,
    ),
  )
  return makePicture(png(8, 8)).catch((error) => error)
}

const lastSignal = () => (spy.mock.results.at(-1)!.value as Bun.Subprocess).signalCode

/** Takes about half a second. */
const slow = await jpegOfScans(png(4000, 4000), 20)
/** Takes about 130 MB. */
const large = png(5000, 5000)
const limits = { ms: DECODE_MS, memory: DECODE_MEMORY }

test('slow and large pictures are decoded within the limits', async () => {
  for (const picture of [slow, large]) expect((await makePicture(picture, limits)).length).toBeGreaterThan(50)
})

test('a picture that takes too long is refused, and its process is killed', async () => {
  expect(await makePicture(slow, { ...limits, ms: 1 }).catch((error) => error)).toBeInstanceOf(Invalid)
  expect(lastSignal()).toBe('SIGKILL')
})

test('a decoder ends itself after its time, also without a server that kills it', async () => {
  replaceNext((command, { signal: _, ...options }) => spawn(command, options))
  await makePicture(slow, { ...limits, ms: 1 }).catch(() => {})
  expect(lastSignal()).toBe(LIMIT_SIGNAL)
})

test('a picture that needs too much memory is refused, and its process ends', async () => {
  const memory = 100 * 1024 * 1024
  expect(await makePicture(large, { ...limits, memory }).catch((error) => error)).toBeInstanceOf(Invalid)
  expect(lastSignal()).toBe(LIMIT_SIGNAL)
})

test.each([
  ['ends with an error', 'console.error("a planted reason"); process.exit(1)', /code 1: a planted reason/],
  ['is killed by the system', 'process.kill(process.pid, "SIGKILL")', /SIGKILL/],
  ['writes no picture', 'process.stdout.write("<script>")', /code 0/],
  ['writes without an end', 'for (;;) require("fs").writeSync(1, "x".repeat(65536))', /SIGKILL/],
  ['reports without an end', 'for (;;) require("fs").writeSync(2, "x".repeat(65536))', /SIGKILL: x{2000}$/],
])('a decoder that %s is no fault of the picture', async (_, program, message) => {
  const error = await errorOf(program)
  expect(error).not.toBeInstanceOf(Invalid)
  expect(String(error)).toMatch(message)
})

test('a decoder gets no settings of the server, neither from its environment nor from its folder', async () => {
  writeFileSync(join(folder, '.env'), 'JWT_SECRET=planted')
  const before = process.cwd()
  process.chdir(folder)
  const error = await errorOf('console.error(JSON.stringify({ ...process.env })); process.exit(1)')
  process.chdir(before)
  expect(String(error)).toEndWith('code 1: {}\n')
})

test.if(existsSync('/proc/self/task'))('all threads of a decoder run at the lowest priority', async () => {
  // The 19th field of `stat`; the second one is in parentheses and may contain spaces.
  const error = await errorOf(`
    const { readdirSync, readFileSync } = require('node:fs')
    const priorities = readdirSync('/proc/self/task').map(
      (id) => readFileSync('/proc/self/task/' + id + '/stat', 'utf8').split(') ')[1].split(' ')[16])
    console.error([...new Set(priorities)].join())
    process.exit(1)`)
  expect(String(error)).toEndWith('code 1: 19\n')
})
