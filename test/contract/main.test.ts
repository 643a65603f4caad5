import { Database } from 'bun:sqlite'
import { afterAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { once } from 'node:events'
import { cpSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { paths } from '../../web/paths.ts'
import { type Env, mysql, newFolder, sqlite } from '../support/chat.ts'
import { PASSWORD } from '../support/person.ts'
import { run, serverFile } from '../support/process.ts'
import { startServer } from '../support/server.ts'

// Each test starts processes, which takes long on a busy machine.
setDefaultTimeout(180_000)

const root = join(import.meta.dirname, '../..')
const folder = newFolder()
afterAll(() => rmSync(folder, { recursive: true }))

describe('a failed start prints the reasons and exits with code 1', () => {
  const refused = async (env: Env) => {
    const { code, stdout, stderr } = await run(serverFile, {
      DATA_DIR: join(folder, 'data'),
      PORT: '0',
      LOG_LEVEL: 'error',
      ...env,
    }).ended
    expect([code, stdout]).toEqual([1, ''])
    expect(stderr).not.toMatch(/^ +at /m)
    return stderr.trimEnd().split('\n')
  }

  test('for invalid settings: lists all of them before opening anything', async () => {
    const sentences = await refused({
      PORT: 'http',
      ORIGIN: 'chat',
      JWT_SECRET: 'hunter2',
      DATABASE_URL: 'mysql://127.0.0.1:1/hunter2',
      REDIS_URL: 'hunter2',
    })
    expect(sentences.map((sentence) => sentence.split(' ')[0])).toEqual([
      'PORT',
      'ORIGIN',
      'REDIS_URL',
      'JWT_SECRET',
    ])
    expect(sentences.join()).not.toContain('hunter2')
  })

  test('for a port that is in use', async () => {
    const other = await startServer(sqlite)
    const { port } = new URL(other.origin)
    expect(await refused({ PORT: port })).toEqual([
      `Port ${port} on localhost is in use. Stop the other program, or set PORT.`,
    ])
    await other.close()
  })

  test.each([
    ['192.0.2.1', 'is not an address of this machine (EADDRNOTAVAIL)'],
    ['chat.example.invalid', 'cannot be resolved to an address (ENOTFOUND)'],
  ])('for the host %s, which %s', async (HOST, fault) => {
    const sentence = `HOST ${HOST} ${fault}. Set HOST to a name or address of this machine, or to 0.0.0.0 for all its networks.`
    expect(await refused({ HOST })).toEqual([sentence])
  })

  test('for a folder that is not writable', async () => {
    writeFileSync(join(folder, 'file'), '')
    const DATA_DIR = join(folder, 'file', 'data')
    expect(await refused({ DATA_DIR })).toEqual([
      `DATA_DIR ${DATA_DIR} is not writable. Make it writable, or set another folder.`,
    ])
  })
})

describe('a process', () => {
  // Takes ten seconds, during which the other tests run.
  const second = startSecond()

  test('prints its URL and logs its database and bus', async () => {
    const [small, large] = await Promise.all([
      startServer(sqlite, { LOG_LEVEL: 'info' }),
      startServer(mysql, { LOG_LEVEL: 'info' }),
    ])
    expect(small.origin).toMatch(/^http:\/\/localhost:\d+$/)
    const readyLines = await Promise.all([small, large].map((server) => server.process.line('"ready"')))
    expect(readyLines.map((line) => JSON.parse(line))).toMatchObject([
      { database: 'SQLite', bus: 'memory' },
      { database: 'MySQL', bus: 'redis' },
    ])
    expect((await small.stranger().get(paths.ready)).status).toBe(200)
    const ended = await Promise.all([small.close(), large.close()])
    expect(ended.map(({ code, stderr }) => [code, stderr])).toEqual([
      [0, ''],
      [0, ''],
    ])
  })

  test('keeps messages and sessions over a restart', async () => {
    const DATA_DIR = join(folder, 'kept')
    const first = await startServer(sqlite, { DATA_DIR })
    const ada = await first.signUp('ada')
    const sent = await ada.say(ada, 'remember me')
    await first.process.stop('SIGKILL')
    const second = await startServer(sqlite, { DATA_DIR })
    const again = Object.assign(second.stranger(), { token: ada.token })
    expect((await again.get(paths.api.message(sent.id))).body).toEqual(sent)
    await second.close()
  })

  test('leaves the job of a request that ends during the stop to the next start', async () => {
    const DATA_DIR = join(folder, 'stopped')
    const server = await startServer(sqlite, { LOG_LEVEL: 'info', DATA_DIR })
    const body = JSON.stringify({ email: 'ada@example.org' })
    const socket = connect(Number(new URL(server.origin).port), 'localhost')
    await once(socket, 'connect')
    const head = ['Host: localhost', 'Content-Type: application/json', `Content-Length: ${body.length}`]
    socket.write(
      `POST ${paths.api.passwordResets} HTTP/1.1\r\n${head.join('\r\n')}\r\n\r\n${body.slice(0, 10)}`,
    )
    // The server has read the first part by the second response.
    for (let n = 0; n < 2; n++) await server.stranger().get(paths.live)
    const ended = server.close()
    await server.process.line('"stopping"')
    socket.write(body.slice(10))
    const [answer] = await once(socket, 'data')
    expect(`${answer}`).toStartWith('HTTP/1.1 202 ')
    expect((await ended).code).toBe(0)
    socket.destroy()
    using database = new Database(join(DATA_DIR, 'chatapp.sqlite'))
    const stored = database.query("select attempts from job where kind = 'password-reset-request'").all()
    expect(stored).toEqual([{ attempts: 0 }])
  })

  test('finishes pending requests after SIGTERM', async () => {
    const server = await startServer(sqlite, { LOG_LEVEL: 'info' })
    await server.signUp('ada')
    const body = JSON.stringify({ username: 'ada', password: PASSWORD })
    const socket = connect(Number(new URL(server.origin).port), 'localhost')
    await once(socket, 'connect')
    const head = ['Host: localhost', 'Content-Type: application/json', `Content-Length: ${body.length}`]
    socket.write(`POST ${paths.api.session} HTTP/1.1\r\n${head.join('\r\n')}\r\n\r\n${body.slice(0, 10)}`)
    // The server has read the first part by the second response.
    for (let n = 0; n < 2; n++) await server.stranger().get(paths.live)
    const ended = server.close()
    await server.process.line('"stopping"')
    socket.write(body.slice(10))
    const [answer] = await once(socket, 'data')
    expect(`${answer}`).toStartWith('HTTP/1.1 200 ')
    expect((await ended).code).toBe(0)
    socket.destroy()
  })

  test('does not start beside another one on the same database without a shared bus', async () => {
    const { code, stdout, stderr } = await second
    expect([code, stdout]).toEqual([1, ''])
    expect(stderr).toBe(
      'Another process uses this database. Set REDIS_URL for both: processes exchange events over Redis.\n',
    )
  })

  test('stops with code 1 when another process took the database while it could not renew its lock', async () => {
    const { DATABASE_URL } = mysql.settings() as { DATABASE_URL: string }
    const server = await startServer({ name: 'MySQL and memory', settings: () => ({ DATABASE_URL }) })
    await using database = new Bun.SQL(DATABASE_URL, { max: 1 })
    await database.unsafe(
      `update lease set owner = 'other', expires_at = utc_timestamp(3) + interval 1 minute`,
    )
    const { code, stdout } = await server.process.ended
    expect([code, stdout]).toEqual([1, expect.stringContaining('another process has taken a lost lock')])
    await server.close()
  })

  test('counts the stored text before it releases its lock', async () => {
    const { DATABASE_URL } = mysql.settings() as { DATABASE_URL: string }
    const server = await startServer({ name: 'MySQL and memory', settings: () => ({ DATABASE_URL }) })
    await using database = new Bun.SQL(DATABASE_URL, { max: 1 })
    await database.unsafe('create table counted (locked int)')
    await database.unsafe(`create trigger text_counted after update on user for each row
      insert into counted select count(*) from lease
      where name = 'alone' and expires_at > utc_timestamp(3)
      having new.text_bytes <> old.text_bytes`)
    const ada = await server.signUp('ada')
    await ada.say(ada, 'hello')
    await server.process.stop()
    expect([...(await database.unsafe('select locked from counted'))]).toEqual([{ locked: 1 }])
    await server.close()
  })

  async function startSecond() {
    const DATA_DIR = join(folder, 'shared')
    const first = await startServer(sqlite, { DATA_DIR })
    const ended = await run(serverFile, { DATA_DIR, PORT: '0', LOG_LEVEL: 'warn' }).ended
    await first.close()
    return ended
  }
})

test('the build runs without the sources and without node_modules', async () => {
  const elsewhere = join(folder, 'elsewhere')
  cpSync(join(root, 'dist'), join(elsewhere, 'dist'), { recursive: true })
  const program = (name: string) => join(elsewhere, 'dist/server', name)
  const env = { DATA_DIR: join(elsewhere, 'data'), PORT: '0', LOG_LEVEL: 'warn' }

  const server = run(program('main.js'), env)
  const origin = (await server.line('ChatApp: ')).replace('ChatApp: ', '')
  for (const path of [
    paths.signIn,
    paths.docs,
    `${paths.docs}/swagger-ui-bundle.js`,
    `${paths.docs}/init.js`,
  ]) {
    expect([path, (await fetch(origin + path)).status]).toEqual([path, 200])
  }
  expect(await server.stop()).toMatchObject({ code: 0, stderr: '' })
  expect(await run(program('migrate-cli.js'), env).ended).toMatchObject({ code: 0 })
  const admin = run(program('admin-cli.js'), env, { args: ['create', 'root'], input: `${PASSWORD}\n` })
  expect(await admin.ended).toMatchObject({ code: 0 })
})
