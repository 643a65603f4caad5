// `bun scripts/screenshots.ts`: creates docs/screenshots/ from the demo.
import { join } from 'node:path'
import { type Browser, type BrowserContextOptions, chromium } from 'playwright'
import { paths } from '../web/paths.ts'
import { chromium as chromiumPath } from './browser.ts'

const FOLDER = join(import.meta.dir, '../docs/screenshots')
const PICTURES = [
  {
    name: 'desktop-light',
    username: 'nora',
    to: 'sam',
    // A factor of 2 would double the file size.
    options: { viewport: { width: 1280, height: 800 }, deviceScaleFactor: 1.4, locale: 'en-GB' },
  },
  {
    name: 'phone-dark',
    username: 'mei',
    to: 'nora',
    options: {
      viewport: { width: 390, height: 844 },
      deviceScaleFactor: 2,
      locale: 'zh-CN',
      colorScheme: 'dark',
      hasTouch: true,
      isMobile: true,
    },
  },
] satisfies { name: string; username: string; to: string; options: BrowserContextOptions }[]

const zone = eveningZone(new Date())
const demo = Bun.spawn([process.execPath, join(import.meta.dir, 'demo.ts')], {
  env: { ...process.env, HOST: 'localhost', PORT: '0', ORIGIN: '', TZ: zone },
  stdio: ['ignore', 'pipe', 'inherit'],
})
try {
  const { origin, password } = await signInOf(demo.stdout)
  const browser = await chromium.launch({ executablePath: await chromiumPath() })
  for (const picture of PICTURES) await take(browser, { ...picture, origin, password })
  await browser.close()
} finally {
  demo.kill()
  await demo.exited
}

type Picture = (typeof PICTURES)[number] & { origin: string; password: string }

async function take(browser: Browser, { name, username, to, options, origin, password }: Picture) {
  const context = await browser.newContext({ ...options, reducedMotion: 'reduce', timezoneId: zone })
  const page = await context.newPage()
  await page.goto(origin + paths.signIn)
  await page.fill('[name=username]', username)
  await page.fill('[name=password]', password)
  await page.keyboard.press('Enter')
  await page.waitForURL(origin + paths.home)
  await page.goto(origin + paths.chat(to))
  await page.waitForLoadState('networkidle')
  await page.evaluate(() => document.fonts.ready)
  const path = join(FOLDER, `${name}.png`)
  await page.screenshot({ path, animations: 'disabled', caret: 'hide' })
  await context.close()
  console.log(`${path}  ${Math.round(Bun.file(path).size / 1000)} kB`)
}

/** Returns the URL and the password of the demo's output, which is read on: the demo would stop if it could not write. */
function signInOf(output: ReadableStream<Uint8Array>): Promise<{ origin: string; password: string }> {
  const { promise, resolve, reject } = Promise.withResolvers<{ origin: string; password: string }>()
  async function read() {
    let text = ''
    for await (const chunk of output) {
      text += new TextDecoder().decode(chunk)
      const [, password] = /Password: +(\S+)/.exec(text) ?? []
      const [, origin] = /ChatApp: (\S+)/.exec(text) ?? []
      if (password && origin) resolve({ origin, password })
    }
    reject(new Error('The demo did not start.'))
  }
  void read()
  return promise
}

/** Returns a time zone where it is now between six and seven in the evening. */
function eveningZone(now: Date): string {
  const east = (18 - now.getUTCHours() + 24) % 24
  // POSIX inverts the sign: Etc/GMT-8 is eight hours ahead of UTC.
  return east <= 12 ? `Etc/GMT-${east}` : `Etc/GMT+${24 - east}`
}
