import { afterEach, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SMTPServer, type SMTPServerOptions } from 'smtp-server'
import { type Received, readMail, readOutbox } from '../../../test/support/mail.ts'
import { UserEntity } from '../../accounts/users/entity.ts'
import { transaction } from '../../database/orm.ts'
import { JobEntity } from '../../jobs/entity.ts'
import { openJobRunner } from '../../jobs/runner.ts'
import { readConfig } from '../../process/config.ts'
import { openDeps } from '../../process/deps.ts'
import { openLog } from '../../process/log.ts'
import { enqueueMail, MAIL_JOB, mailHandler } from './mail-job.ts'
import type { MailRequest } from './templates.tsx'
import { outboxOf } from './transport.ts'

const request: MailRequest = {
  about: 'reset',
  to: 'ada@example.org',
  language: 'en',
  username: 'ada',
  displayName: 'Ada Lovelace',
  link: 'https://chat.example.org/reset-password?token=secret&x=<1>',
}

// Long enough to catch only a hang.
setDefaultTimeout(180_000)

const undo: (() => unknown)[] = []
afterEach(async () => {
  for (const one of undo.splice(0)) await one()
})

/** A database, and a runner that sends mails as configured by `env`. */
async function open(env: Record<string, string> = {}, { maxAttempts = 3 } = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'chatapp-test-'))
  const logged: string[] = []
  const log = await openLog({ logLevel: 'trace' }, { write: (line) => void logged.push(line) })
  const config = readConfig({ DATA_DIR: folder, ORIGIN: 'https://chat.example.org', ...env })
  const deps = await openDeps(config, log)
  const user = await deps.orm.em.fork().insert(UserEntity, {
    ...{ username: 'ada', handle: 'ada', displayName: 'Ada', email: null, passwordHash: '' },
    ...{ language: null, theme: null, zone: null, avatar: null },
    ...{ createdAt: new Date(), disabledAt: null, deletedAt: null },
  })
  const start = () =>
    openJobRunner(deps, { [MAIL_JOB]: mailHandler(config, log) }, { maxAttempts, backOff: () => 0 })
  const jobs = start()
  undo.push(async () => {
    await jobs.close()
    await deps.close()
    rmSync(folder, { recursive: true })
  })
  const enqueue = (more: Partial<MailRequest> = {}) =>
    transaction(deps, (em) => enqueueMail(em, { ...request, ...more } as MailRequest, { user }))
  const send = async (more: Partial<MailRequest> = {}) => {
    await enqueue(more)
    await jobs.idle()
  }
  const stored = () => deps.orm.em.fork().find(JobEntity, {})
  return { send, enqueue, jobs, start, stored, folder, logged }
}

type Arrived = Received & { from: string; to: string[]; user?: string; secure: boolean }

/** A mail server on its own port. `refuse` returns the reply code that rejects a recipient, or 0 to accept it. */
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

/** Reads the message and then rejects it. */
function rejectMessage(error: Error): SMTPServerOptions {
  return { onData: (stream, _, done) => void stream.resume().on('end', () => done(error)) }
}

describe('a mail over SMTP', () => {
  test('arrives as text and as HTML with the same link, from the sender in the settings', async () => {
    const { port, arrived } = await mailServer()
    const { send, folder } = await open({
      SMTP_URL: `smtp://127.0.0.1:${port}`,
      MAIL_FROM: '聊天 <chat@example.org>',
    })
    await send()
    const [mail] = arrived
    expect(mail).toMatchObject({
      from: 'chat@example.org',
      to: ['ada@example.org'],
      subject: 'Reset your ChatApp password',
    })
    expect(mail!.headers.find(({ key }) => key === 'from')?.value).toContain('=?UTF-8?')
    expect(mail!.headers.find(({ key }) => key === 'auto-submitted')?.value).toBe('auto-generated')
    expect(mail!.text).toContain(request.about === 'reset' ? request.link : '')
    expect(mail!.html).toContain('href="https://chat.example.org/reset-password?token=secret&amp;x=&lt;1>"')
    expect(existsSync(outboxOf(folder))).toBe(false)
  })

  test('is written in the language of its recipient', async () => {
    const { port, arrived } = await mailServer()
    const { send } = await open({ SMTP_URL: `smtp://127.0.0.1:${port}` })
    await send({ language: 'zh' })
    expect(arrived[0]).toMatchObject({
      subject: '重设 ChatApp 密码',
      text: expect.stringContaining('Ada Lovelace，你好'),
    })
    expect(arrived[0]!.html).toContain('lang="zh-Hans"')
  })

  test('is sent over STARTTLS with username and password', async () => {
    const { port, arrived } = await mailServer({ ...login, disabledCommands: [] })
    const { send } = await open({
      SMTP_URL: `smtp://chat:p%40ss@127.0.0.1:${port}/?tls.rejectUnauthorized=false`,
    })
    await send()
    expect(arrived[0]).toMatchObject({ user: 'chat', secure: true })
  })

  test('is not sent when the password would be transmitted without TLS, unless SMTP_URL allows it', async () => {
    const { port, arrived } = await mailServer({ ...login, allowInsecureAuth: true })
    const url = `smtp://chat:p%40ss@127.0.0.1:${port}/`
    const refusing = await open({ SMTP_URL: url })
    await refusing.send()
    expect(arrived).toEqual([])
    const willing = await open({ SMTP_URL: `${url}?requireTLS=false` })
    await willing.send()
    expect(arrived[0]).toMatchObject({ user: 'chat', secure: false })
  })

  test('is not sent to a server with an untrusted certificate', async () => {
    const { port, arrived } = await mailServer({ disabledCommands: [] })
    const { send } = await open({ SMTP_URL: `smtp://127.0.0.1:${port}` })
    await send()
    expect(arrived).toEqual([])
  })

  test('goes to a single recipient, even if the address contains line breaks and commas', async () => {
    const { port, arrived } = await mailServer()
    const { send } = await open({ SMTP_URL: `smtp://127.0.0.1:${port}` })
    await send({ to: 'ada@example.org\r\nBcc: eve@example.org, mallory@example.org' })
    const recipients = arrived.flatMap(({ to }) => to)
    expect(recipients).not.toContain('eve@example.org')
    expect(recipients).not.toContain('mallory@example.org')
    expect(arrived.flatMap(({ headers }) => headers.map(({ key }) => key))).not.toContain('bcc')
  })

  test('is retried after a temporary rejection and arrives once', async () => {
    let tries = 0
    const { port, arrived } = await mailServer({}, { refuse: () => (++tries < 3 ? 451 : 0) })
    const { send, logged } = await open({ SMTP_URL: `smtp://127.0.0.1:${port}` })
    await send()
    expect([arrived.length, tries]).toEqual([1, 3])
    expect(logged.filter((line) => line.includes('will be retried')).length).toBe(2)
  })

  test('is retried until the server is reachable', async () => {
    const placeholder = createServer().listen(0, '127.0.0.1')
    await once(placeholder, 'listening')
    const { port } = placeholder.address() as { port: number }
    placeholder.close()
    await once(placeholder, 'close')
    const { enqueue, jobs, logged } = await open(
      { SMTP_URL: `smtp://127.0.0.1:${port}` },
      { maxAttempts: 1_000_000 },
    )
    await enqueue()
    while (!logged.some((line) => line.includes('will be retried'))) await Bun.sleep(5)
    const { arrived } = await mailServer({}, { port })
    await jobs.idle()
    expect(arrived.length).toBe(1)
  })

  test('fails after a permanent rejection or too many temporary ones; neither log nor job keeps the address', async () => {
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
      const { send, stored, logged } = await open({ SMTP_URL: `smtp://127.0.0.1:${port}` })
      await send()
      expect(tried).toBe(tries!)
      expect(logged.at(-1)).toContain('failed for good')
      expect(logged.at(-1)).toContain(`"status":${code}`)
      expect(logged.join('')).not.toMatch(/example\.org|secret/)
      const [job] = await stored()
      expect([job!.payload, job!.lastError]).toEqual(['{}', expect.stringContaining(String(code))])
      expect(job!.lastError).not.toMatch(/example\.org|secret/)
    }
  })

  /** Rejections by the server, whether the mail is retried, and the server. */
  const rejections: [string, boolean, (error: Error) => SMTPServerOptions][] = [
    ['greeting with 554', true, (error) => ({ onConnect: (_, done) => done(error) })],
    [
      'password with 535',
      true,
      (error) => ({ ...login, allowInsecureAuth: true, onAuth: (_, __, done) => done(error) }),
    ],
    ['sender with 530', true, (error) => ({ onMailFrom: (_, __, done) => done(error) })],
    ['sender with 550', true, (error) => ({ onMailFrom: (_, __, done) => done(error) })],
    ['recipient with 530', true, (error) => ({ onRcptTo: (_, __, done) => done(error) })],
    ['recipient with 550', false, (error) => ({ onRcptTo: (_, __, done) => done(error) })],
    ['message with 451', true, rejectMessage],
    ['message with 554', false, rejectMessage],
  ]
  test.each(rejections)('is retried if the server rejects the %s: %p', async (what, isRetried, options) => {
    const responseCode = Number(what.slice(-3))
    const { port } = await mailServer(options(Object.assign(new Error('rejected'), { responseCode })))
    const login = what.startsWith('password') ? 'chat:wrong@' : ''
    const { send, stored, logged } = await open({
      SMTP_URL: `smtp://${login}127.0.0.1:${port}/?requireTLS=false`,
    })
    await send()
    const [job] = await stored()
    expect(job!.lastError).toContain(`${responseCode}`)
    expect(job!.attempts).toBe(isRetried ? 3 : 1)
    expect(logged.filter((line) => line.includes('will be retried')).length).toBe(isRetried ? 2 : 0)
  })

  test('survives the end of its process and is sent once by the next process', async () => {
    const { port, arrived } = await mailServer()
    const { enqueue, jobs, start, stored } = await open({ SMTP_URL: `smtp://127.0.0.1:${port}` })
    await jobs.close()
    await enqueue()
    expect([arrived.length, (await stored()).length]).toEqual([0, 1])
    const next = start()
    await next.idle()
    await next.close()
    expect([arrived.length, (await stored()).length]).toEqual([1, 0])
  })
})

describe('a mail without a mail server', () => {
  test('is written to a complete, private file, and its path is logged', async () => {
    const { send, folder, logged } = await open()
    expect(logged.join('')).toContain(`"outbox":"${outboxOf(folder)}"`)
    await send()
    await send({ to: 'bob@example.org' })
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
