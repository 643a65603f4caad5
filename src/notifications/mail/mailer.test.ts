import { afterEach, describe, expect, test } from 'bun:test'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SMTPServer, type SMTPServerOptions } from 'smtp-server'
import { type Received, readMail, readOutbox } from '../../../test/support/mail.ts'
import { readConfig } from '../../process/config.ts'
import { openLog } from '../../process/log.ts'
import { openMailer } from './mailer.ts'
import type { MailRequest } from './templates.tsx'
import { outboxOf } from './transport.ts'

const letter: MailRequest = {
  about: 'reset',
  to: 'ada@example.org',
  language: 'en',
  username: 'ada',
  link: 'https://chat.example.org/reset-password?token=secret&x=<1>',
}

const undo: (() => unknown)[] = []
afterEach(async () => {
  for (const one of undo.splice(0)) await one()
})

async function open(env: Record<string, string> = {}, waits = [0.01, 0.02]) {
  const folder = mkdtempSync(join(tmpdir(), 'chatapp-test-'))
  const logged: string[] = []
  const log = await openLog({ logLevel: 'trace' }, { write: (line) => void logged.push(line) })
  const config = readConfig({ DATA_DIR: folder, ORIGIN: 'https://chat.example.org', ...env })
  const mailer = openMailer(config, log, { waits })
  undo.push(async () => {
    await mailer.close()
    rmSync(folder, { recursive: true })
  })
  const send = (more: Partial<MailRequest> = {}) =>
    mailer.send(async () => ({ ...letter, ...more }) as MailRequest)
  return { mailer, send, folder, logged }
}

type Arrived = Received & { from: string; to: string[]; user?: string; secure: boolean }

/** A mail server on a port of its own. `refuse` answers each mail's recipient with an error code, or takes it. */
async function mailServer(
  options: SMTPServerOptions = {},
  { refuse = () => 0, port = 0 }: { refuse?: () => number; port?: number } = {},
) {
  const arrived: Arrived[] = []
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onRcptTo({ address }, _session, done) {
      const responseCode = refuse()
      done(responseCode ? Object.assign(new Error(`not ${address}`), { responseCode }) : null)
    },
    async onData(stream, { envelope, user, secure }, done) {
      const raw = Buffer.concat(await stream.toArray())
      const { mailFrom, rcptTo } = envelope
      const from = mailFrom ? mailFrom.address : ''
      const to = rcptTo.map(({ address }) => address)
      arrived.push({ ...(await readMail(raw)), from, to, user, secure } as unknown as Arrived)
      done()
    },
    ...options,
  })
  server.on('error', () => {})
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  undo.push(() => new Promise<void>((resolve) => server.close(() => resolve())))
  const address = server.server.address() as { port: number }
  return { arrived, port: address.port }
}

const login: SMTPServerOptions = {
  authOptional: false,
  onAuth({ username, password }, _session, done) {
    const right = username === 'chat' && password === 'p@ss'
    done(right ? null : new Error('wrong'), right ? { user: username } : undefined)
  },
}

describe('a mail over SMTP', () => {
  test('arrives as text and HTML that say the same, from the sender in the settings', async () => {
    const { port, arrived } = await mailServer()
    const { send, mailer, folder } = await open({
      SMTP_URL: `smtp://127.0.0.1:${port}`,
      MAIL_FROM: '聊天 <chat@example.org>',
    })
    send()
    await mailer.idle()
    const [mail] = arrived
    expect(mail).toMatchObject({
      from: 'chat@example.org',
      to: ['ada@example.org'],
      subject: 'Reset your ChatApp password',
    })
    expect(mail!.headers.find(({ key }) => key === 'from')?.value).toContain('=?UTF-8?')
    expect(mail!.headers.find(({ key }) => key === 'auto-submitted')?.value).toBe('auto-generated')
    expect(mail!.text).toContain(letter.about === 'reset' ? letter.link : '')
    expect(mail!.html).toContain('href="https://chat.example.org/reset-password?token=secret&amp;x=&lt;1>"')
    expect(readdirSync(folder)).toEqual([])
  })

  test('is in the language of its reader', async () => {
    const { port, arrived } = await mailServer()
    const { send, mailer } = await open({ SMTP_URL: `smtp://127.0.0.1:${port}` })
    send({ language: 'zh' })
    await mailer.idle()
    expect(arrived[0]).toMatchObject({
      subject: '重设 ChatApp 密码',
      text: expect.stringContaining('ada，你好'),
    })
    expect(arrived[0]!.html).toContain('lang="zh-Hans"')
  })

  test('goes over STARTTLS with name and password', async () => {
    const { port, arrived } = await mailServer({ ...login, disabledCommands: [] })
    const { send, mailer } = await open({
      SMTP_URL: `smtp://chat:p%40ss@127.0.0.1:${port}/?tls.rejectUnauthorized=false`,
    })
    send()
    await mailer.idle()
    expect(arrived[0]).toMatchObject({ user: 'chat', secure: true })
  })

  test('is not sent where the password would travel in the clear, unless the address says so', async () => {
    const { port, arrived } = await mailServer({ ...login, allowInsecureAuth: true })
    const url = `smtp://chat:p%40ss@127.0.0.1:${port}/`
    const refusing = await open({ SMTP_URL: url })
    refusing.send()
    await refusing.mailer.idle()
    expect(arrived).toEqual([])
    const willing = await open({ SMTP_URL: `${url}?requireTLS=false` })
    willing.send()
    await willing.mailer.idle()
    expect(arrived[0]).toMatchObject({ user: 'chat', secure: false })
  })

  test('is not sent to a server whose certificate nobody vouches for', async () => {
    const { port, arrived } = await mailServer({ disabledCommands: [] })
    const { send, mailer } = await open({ SMTP_URL: `smtp://127.0.0.1:${port}` })
    send()
    await mailer.idle()
    expect(arrived).toEqual([])
  })

  test('goes to one address, whatever is in it', async () => {
    const { port, arrived } = await mailServer()
    const { send, mailer } = await open({ SMTP_URL: `smtp://127.0.0.1:${port}` })
    send({ to: 'ada@example.org\r\nBcc: eve@example.org, mallory@example.org' })
    await mailer.idle()
    const recipients = arrived.flatMap(({ to }) => to)
    expect(recipients).not.toContain('eve@example.org')
    expect(recipients).not.toContain('mallory@example.org')
    expect(arrived.flatMap(({ headers }) => headers.map(({ key }) => key))).not.toContain('bcc')
  })

  test('waits for a server that refuses it for a while, and arrives once', async () => {
    let tries = 0
    const { port, arrived } = await mailServer({}, { refuse: () => (++tries < 3 ? 451 : 0) })
    const { send, mailer, logged } = await open({ SMTP_URL: `smtp://127.0.0.1:${port}` })
    send()
    await mailer.idle()
    expect([arrived.length, tries]).toEqual([1, 3])
    expect(logged.filter((line) => line.includes('a mail has to wait')).length).toBe(2)
  })

  test('waits for a server that is not there yet', async () => {
    const placeholder = createServer().listen(0, '127.0.0.1')
    await once(placeholder, 'listening')
    const { port } = placeholder.address() as { port: number }
    placeholder.close()
    await once(placeholder, 'close')
    const { send, mailer, logged } = await open(
      { SMTP_URL: `smtp://127.0.0.1:${port}` },
      Array(200).fill(0.02),
    )
    send()
    while (!logged.some((line) => line.includes('a mail has to wait'))) await Bun.sleep(5)
    const { arrived } = await mailServer({}, { port })
    await mailer.idle()
    expect(arrived.length).toBe(1)
  })

  test('is given up when it is refused for good, or too often; the log says so and not to whom', async () => {
    for (const [code, tries] of [
      [550, 1],
      [451, 3],
    ]) {
      let tried = 0
      const refuse = () => {
        tried++
        return code!
      }
      const { port } = await mailServer({}, { refuse })
      const { send, mailer, logged } = await open({ SMTP_URL: `smtp://127.0.0.1:${port}` })
      send()
      await mailer.idle()
      expect(tried).toBe(tries!)
      expect(logged.at(-1)).toContain('a mail was not sent')
      expect(logged.at(-1)).toContain(`"status":${code}`)
      expect(logged.join('')).not.toMatch(/example\.org|secret/)
    }
  })

  test('that waits is tried once more when the process ends', async () => {
    let open451 = true
    const { port, arrived } = await mailServer({}, { refuse: () => (open451 ? 451 : 0) })
    const { send, mailer, logged } = await open({ SMTP_URL: `smtp://127.0.0.1:${port}` }, [3600])
    send()
    while (!logged.some((line) => line.includes('a mail has to wait'))) await Bun.sleep(5)
    open451 = false
    await mailer.close()
    expect(arrived.length).toBe(1)
  })
})

describe('a mail without a mail server', () => {
  test('is a complete file that nobody else reads, and the log says where', async () => {
    const { send, mailer, folder, logged } = await open()
    expect(logged.join('')).toContain(`"outbox":"${outboxOf(folder)}"`)
    send()
    send({ to: 'bob@example.org' })
    await mailer.idle()
    const files = readdirSync(outboxOf(folder))
    expect(files.length).toBe(2)
    for (const file of files) {
      expect(file).toEndWith('.eml')
      expect(statSync(join(outboxOf(folder), file)).mode & 0o777).toBe(0o600)
      expect(logged.join('')).toContain(file)
    }
    expect(statSync(outboxOf(folder)).mode & 0o777).toBe(0o700)
    const mails = await readOutbox(folder)
    expect(mails.map(({ to }) => to![0]!.address).sort()).toEqual(['ada@example.org', 'bob@example.org'])
    expect(mails[0]!.from).toMatchObject({ name: 'ChatApp', address: 'chatapp@chat.example.org' })
    expect(mails[0]!.date).toBeString()
    expect(logged.join('')).not.toMatch(/ada@|secret/)
  })
})

describe('whoever asks for a mail', () => {
  test('is not held up by it, nor by what it takes to write it', async () => {
    const { mailer, logged } = await open()
    let called = false
    mailer.send(async () => {
      called = true
      throw new Error('the database is away, and secret')
    })
    expect(called).toBe(false)
    await mailer.idle()
    expect(called).toBe(true)
    expect(logged.at(-1)).toContain('a mail was not sent')
    expect(logged.join('')).not.toContain('secret')
  })

  test('gets none when there is nothing to tell', async () => {
    const { mailer, folder } = await open()
    mailer.send(async () => null)
    await mailer.idle()
    expect(readdirSync(folder)).toEqual([])
  })

  test('is one of a thousand at most, so that a mail server that hangs does not fill the memory', async () => {
    const { mailer, logged } = await open()
    const { promise, resolve } = Promise.withResolvers<null>()
    let called = 0
    const make = () => {
      called++
      return promise
    }
    for (let n = 0; n < 1001; n++) mailer.send(make)
    expect(logged.at(-1)).toContain('one was dropped')
    resolve(null)
    await mailer.idle()
    expect(called).toBe(1000)
  })
})
