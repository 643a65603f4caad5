import { randomUUID } from 'node:crypto'
import {
  type BrowserContext,
  type BrowserContextOptions,
  test as base,
  expect,
  type Page,
  type TestInfo,
} from 'playwright/test'
import { cookieNames } from '../src/http/cookies.ts'
import { paths } from '../web/paths.ts'
import { type Line, openLine } from './line.ts'
import { createPerson, type Person, signIn } from './person.ts'
import { type AppServer, startServer, withFolder } from './server.ts'

export type Options = { storage: 'embedded' | 'mysql-redis' }

type EnterOptions = BrowserContextOptions & {
  /** The first page. Default: the chat page. */
  path?: string
  /** Another URL of the app, e.g. of a line to it. */
  at?: string
  /** Called before the first page opens. */
  prepare?: (context: BrowserContext) => Promise<unknown>
}

type Worker = Options & {
  /** The app processes: one with the embedded database, two with MySQL and Redis. */
  servers: readonly AppServer[]
}

type Fixtures = {
  /** Opens a new browser context on the process at `at`. */
  openBrowser(options?: BrowserContextOptions & { at?: string }): Promise<BrowserContext>
  /** Creates a user. Processes are assigned in turn. */
  newPerson(name: string, options?: { displayName?: string; at?: string }): Promise<Person>
  /** Opens a signed-in browser of a user with one page. */
  enter(person: Pick<Person, 'url' | 'username'>, options?: EnterOptions): Promise<Page>
  /** Opens a private line to the process at `url`. */
  lineTo(url: string): Promise<Line>
  /** Starts a private process with the embedded database, which the test may kill. `HOST` defaults to 127.0.0.1. */
  ownServer(settings?: Record<string, string>): Promise<AppServer>
}

export const test = base.extend<Fixtures, Worker>({
  storage: ['embedded', { option: true, scope: 'worker' }],

  servers: [
    async ({ storage }, use) => {
      await withFolder(async (folder) => {
        const settings = { DATA_DIR: folder, ...(storage === 'mysql-redis' && (await freshDatabase())) }
        const servers = [await startServer(settings)]
        if (storage === 'mysql-redis') servers.push(await startServer(settings))
        await use(servers)
        await Promise.all(servers.map((server) => server.kill()))
      })
    },
    { scope: 'worker', timeout: 60_000 },
  ],

  openBrowser: async ({ browser, servers }, use, info) => {
    const began = servers.map((server) => server.log().length)
    const contexts: BrowserContext[] = []
    const wrong: string[] = []
    await use(async ({ at = servers[0]!.url, ...options } = {}) => {
      const context = await browser.newContext({ baseURL: at, ...options })
      contexts.push(context)
      watch(context, wrong)
      return context
    })
    await Promise.all(contexts.map((context) => context.close()))
    for (const [index, server] of servers.entries()) await showLog(info, server.log().slice(began[index]))
    expect(wrong, 'Errors and forbidden requests of any page').toEqual([])
  },

  newPerson: async ({ servers }, use) => {
    const run = randomUUID().slice(0, 6)
    let next = 0
    await use((name, { displayName = name, at = servers[next++ % servers.length]!.url } = {}) =>
      createPerson(at, `${name}-${run}`, displayName),
    )
  },

  enter: async ({ openBrowser }, use) => {
    await use(async (person, { path = paths.home, at = person.url, prepare, ...options } = {}) => {
      const context = await openBrowser({ at, ...options })
      await context.addCookies([await sessionCookie(person, at)])
      await prepare?.(context)
      const page = await context.newPage()
      await page.goto(path)
      return page
    })
  },

  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the fixtures from the pattern.
  lineTo: async ({}, use) => {
    const lines: Line[] = []
    await use(async (url) => {
      const line = await openLine(url)
      lines.push(line)
      return line
    })
    await Promise.all(lines.map((line) => line.close()))
  },

  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the fixtures from the pattern.
  ownServer: async ({}, use, info) => {
    await withFolder(async (folder) => {
      const servers: AppServer[] = []
      await use(async (settings = {}) => {
        const server = await startServer({ DATA_DIR: `${folder}/${servers.length}`, ...settings })
        servers.push(server)
        return server
      })
      for (const server of servers) {
        await server.kill()
        await showLog(info, server.log())
      }
    })
  },
})

/** Creates a browser session at the URL, separate from that of the API client. */
export async function sessionCookie({ url, username }: Pick<Person, 'url' | 'username'>, at = url) {
  return {
    name: cookieNames({ origin: at }).session,
    value: await signIn(url, username),
    url: at,
    httpOnly: true,
    sameSite: 'Lax' as const,
  }
}

/** Records exceptions, policy violations and requests to other hosts in every test. */
function watch(context: BrowserContext, wrong: string[]): void {
  context.on('weberror', (error) => wrong.push(`an exception: ${error.error().stack ?? error.error()}`))
  context.on('dialog', (dialog) => {
    wrong.push(`a dialog: ${dialog.message()}`)
    void dialog.dismiss()
  })
  context.on('console', (message) => {
    if (/content security policy|permissions policy|hydrat/i.test(message.text())) wrong.push(message.text())
  })
  context.on('request', (request) => {
    const { protocol, hostname } = new URL(request.url())
    if (protocol !== 'data:' && !/^(?:127\.0\.0\.1|localhost)$/.test(hostname))
      wrong.push(`a request to ${request.url()}`)
  })
}

async function showLog(info: TestInfo, log: string): Promise<void> {
  if (info.status === info.expectedStatus || !log) return
  await info.attach('server log', { body: log, contentType: 'text/plain' })
  console.error(`The server's log during “${info.title}”:\n${log.split('\n').slice(-30).join('\n')}`)
}

/** Returns settings for a new database on the servers in the environment. */
async function freshDatabase(): Promise<{ DATABASE_URL: string; REDIS_URL: string }> {
  const { TEST_DATABASE_URL, TEST_REDIS_URL } = process.env
  if (!TEST_DATABASE_URL || !TEST_REDIS_URL) {
    throw new Error('TEST_DATABASE_URL and TEST_REDIS_URL are not set. `bun run test e2e` sets them.')
  }
  const name = `e2e_${randomUUID().replaceAll('-', '')}`
  await using sql = new Bun.SQL(TEST_DATABASE_URL, { max: 1 })
  await sql.unsafe(`CREATE DATABASE ${name} CHARACTER SET utf8mb4`)
  return { DATABASE_URL: `${TEST_DATABASE_URL.replace(/\/$/, '')}/${name}`, REDIS_URL: TEST_REDIS_URL }
}

export { expect, type Page }
