import { afterAll, afterEach, describe, expect, test } from 'bun:test'
import { chmodSync, mkdirSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { newFolder } from '../../test/support/chat.ts'
import { StartError } from '../http/errors.ts'
import { readConfig } from './config.ts'
import { prepareDataDir } from './data-dir.ts'
import { openDeps } from './deps.ts'
import { openLog } from './log.ts'

const folder = newFolder()
afterAll(() => rmSync(folder, { recursive: true }))
let count = 0
let warnings: { path: string; mode: string; msg: string }[] = []
afterEach(() => {
  warnings = []
})

/** An empty data folder. */
function dataDir(mode = 0o700): string {
  const path = join(folder, `${++count}`)
  mkdirSync(path)
  chmodSync(path, mode)
  return path
}

const modeOf = (path: string) => statSync(path).mode & 0o7777

async function start(DATA_DIR: string): Promise<void> {
  const log = await openLog({ logLevel: 'warn' }, { write: (line) => void warnings.push(JSON.parse(line)) })
  await (await openDeps(readConfig({ DATA_DIR }), log, { startTimeout: 0 })).close()
}

/** The sentence printed for the operator. */
async function refusal(DATA_DIR: string): Promise<string> {
  const error = await start(DATA_DIR).then(
    () => null,
    (error) => error,
  )
  expect(error).toBeInstanceOf(StartError)
  expect(error.message).toMatch(/^[^\n]+\.$/)
  return error.message
}

describe('the data folder', () => {
  test.each(['0777', '0775', '0770', '0755', '0711'])(
    'with mode %s becomes private, which is logged',
    async (shown) => {
      const mode = Number.parseInt(shown, 8)
      const DATA_DIR = dataDir(mode)
      await start(DATA_DIR)
      expect(modeOf(DATA_DIR)).toBe(0o700)
      expect(warnings).toMatchObject([{ path: DATA_DIR, mode: shown }])
      chmodSync(DATA_DIR, mode)
      await start(DATA_DIR)
      expect(modeOf(DATA_DIR)).toBe(0o700)
    },
  )

  test('is refused, and not changed, when others can write to it and other programs use it', async () => {
    const used = dataDir(0o777)
    writeFileSync(join(used, 'a file of another program'), '')
    const temporary = dataDir(0o1777)
    for (const DATA_DIR of [used, temporary]) {
      const mode = modeOf(DATA_DIR)
      const shown = mode.toString(8).padStart(4, '0')
      expect(await refusal(DATA_DIR)).toBe(
        `Other users can write to DATA_DIR ${DATA_DIR} (mode ${shown}). Set DATA_DIR to a folder of its own, such as ${DATA_DIR}/chatapp.`,
      )
      expect(modeOf(DATA_DIR)).toBe(mode)
    }
    expect(readdirSync(temporary)).toEqual([])
  })

  test('may be readable by other users when other programs use it, because its files are not', async () => {
    const DATA_DIR = dataDir(0o755)
    writeFileSync(join(DATA_DIR, 'a file of another program'), '')
    await start(DATA_DIR)
    expect(modeOf(DATA_DIR)).toBe(0o755)
    for (const name of ['jwt-secret', 'chatapp.sqlite']) expect(modeOf(join(DATA_DIR, name))).toBe(0o600)
    expect(warnings).toEqual([])
  })

  test('is refused when it is a file', async () => {
    const file = join(folder, 'file')
    writeFileSync(file, '')
    expect(await refusal(file)).toContain(`DATA_DIR ${file} is not`)
  })
})

describe('what ChatApp keeps in the data folder', () => {
  test('becomes private when other users have access, as after a restored backup', async () => {
    const DATA_DIR = dataDir()
    await start(DATA_DIR)
    mkdirSync(join(DATA_DIR, 'outbox'))
    writeFileSync(join(DATA_DIR, 'alone.lock'), '')
    const names = readdirSync(DATA_DIR).toSorted()
    expect(names).toEqual(['alone.lock', 'chatapp.sqlite', 'jwt-secret', 'migrate.lock', 'outbox'])
    for (const name of names) chmodSync(join(DATA_DIR, name), name === 'jwt-secret' ? 0o640 : 0o777)
    await start(DATA_DIR)
    for (const name of names) expect(modeOf(join(DATA_DIR, name))).toBe(name === 'outbox' ? 0o700 : 0o600)
    expect(warnings.map(({ path }) => path).toSorted()).toEqual(names.map((name) => join(DATA_DIR, name)))
  })

  test.each(['jwt-secret', 'chatapp.sqlite', 'alone.lock', 'outbox'])(
    'is refused when %s is a link, which could lead to any file',
    async (name) => {
      const [DATA_DIR, elsewhere] = [dataDir(), dataDir(0o755)]
      const target = name === 'outbox' ? elsewhere : join(elsewhere, 'a file')
      if (target !== elsewhere) writeFileSync(target, crypto.randomUUID(), { mode: 0o644 })
      symlinkSync(target, join(DATA_DIR, name))
      const mode = modeOf(target)
      expect(await refusal(DATA_DIR)).toStartWith(`${join(DATA_DIR, name)} is a link.`)
      expect(modeOf(target)).toBe(mode)
    },
  )

  test('is refused when another user has created the secret', () => {
    const path = dataDir()
    writeFileSync(join(path, 'jwt-secret'), crypto.randomUUID(), { mode: 0o600 })
    const log = { warn: ({ path }: object & { path?: string }) => void warnings.push({ path } as never) }
    const uid = process.getuid!() + 1
    expect(() => prepareDataDir(path, log as never, { uid })).toThrow('belongs to another user')
    // The folder, too.
    expect(warnings).toEqual([{ path }] as never)
  })

  test.each(['jwt-secret', 'chatapp.sqlite', 'chatapp.sqlite-wal', 'alone.lock', 'migrate.lock'])(
    'is refused when %s is a folder',
    async (name) => {
      const DATA_DIR = dataDir()
      const path = join(DATA_DIR, name)
      mkdirSync(path)
      expect(await refusal(DATA_DIR)).toBe(
        `${path} is not a file. Move it away: ChatApp needs a file of this name.`,
      )
    },
  )

  test('is refused when outbox is a file', async () => {
    const DATA_DIR = dataDir()
    writeFileSync(join(DATA_DIR, 'outbox'), '')
    expect(await refusal(DATA_DIR)).toContain('outbox is not a folder.')
  })
})

test('a file system that keeps no modes is one warning, at each start', () => {
  const path = dataDir(0o777)
  writeFileSync(join(path, 'chatapp.sqlite'), '')
  mkdirSync(join(path, 'outbox'))
  const log = { warn: (fields: { path: string; mode: string }) => void warnings.push({ ...fields, msg: '' }) }
  for (let starts = 1; starts <= 2; starts++) {
    prepareDataDir(path, log as never, { keepsModes: () => false })
    expect(warnings.map(({ path, mode }) => [path, mode])).toEqual(Array(starts).fill([path, '0777']))
  }
  expect(modeOf(path)).toBe(0o777)
  prepareDataDir(path, log as never)
  expect(modeOf(path)).toBe(0o700)
})

describe('the secret in the data folder', () => {
  test.each([
    '',
    'x',
    '\n',
    '\0'.repeat(64),
    'a'.repeat(64),
    'your-256-bit-secret-your-256-bit-secret',
    'V2qL8rT0zK5nB7cX1mD4wF6yH9jP3s',
  ])('is refused as %j', async (content) => {
    const DATA_DIR = dataDir()
    const file = join(DATA_DIR, 'jwt-secret')
    writeFileSync(file, content, { mode: 0o600 })
    expect(await refusal(DATA_DIR)).toBe(
      `The secret in ${file} is too short or easy to guess. Restore the file, or delete it: a new one is created, and all users sign in again.`,
    )
    rmSync(file)
    await start(DATA_DIR)
  })

  test('may end in a line break', async () => {
    const DATA_DIR = dataDir()
    writeFileSync(join(DATA_DIR, 'jwt-secret'), `${crypto.randomUUID()}\n`, { mode: 0o600 })
    await start(DATA_DIR)
  })
})
