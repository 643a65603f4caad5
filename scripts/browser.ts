import { installed } from './servers.ts'

/** The headless shell renders the same pages and halves the time of the browser tests. */
const DEBIAN = ['chromium-headless-shell', 'chromium']

/** Without these, emoji and Chinese characters are empty boxes. */
const FONTS = ['fonts-noto-color-emoji', 'fonts-noto-cjk']

/**
 * Returns the path of a working Chromium: from CHROMIUM_PATH, PATH or Playwright. If there is none, installs it from Debian's
 * packages (as root on Debian) or downloads it with Playwright.
 *
 * @throws Error that says what to do if none is available
 */
export async function chromium(): Promise<string> {
  const given = process.env.CHROMIUM_PATH
  if (given) {
    if (starts(given)) return given
    throw new Error(`CHROMIUM_PATH is ${given}, which does not start. Correct or unset it.`)
  }
  const found = onPath() ?? (await playwrightChromium())
  if (found) return found

  // Ubuntu's packages of that name need snap. Not every Debian release has the shell.
  for (const program of (await isDebian()) ? DEBIAN : []) {
    const installedNow = (await installed([program, ...FONTS])) ? onPath() : undefined
    if (installedNow) return installedNow
  }

  const downloaded = (await download()) ? await playwrightChromium() : undefined
  if (downloaded) return downloaded
  throw new Error(
    'Chromium is missing. Install it (on Debian: sudo apt-get install chromium) or set CHROMIUM_PATH.',
  )
}

/** Returns the first working Chromium on PATH. */
export function onPath(): string | undefined {
  return [...DEBIAN, 'chromium-browser', 'google-chrome', 'google-chrome-stable']
    .map((program) => Bun.which(program))
    .find((path): path is string => !!path && starts(path))
}

/** Returns Playwright's browser if it is downloaded and starts. */
async function playwrightChromium(): Promise<string | undefined> {
  const { chromium } = await import('playwright')
  const path = chromium.executablePath()
  return starts(path) ? path : undefined
}

function starts(path: string): boolean {
  try {
    return Bun.spawnSync([path, '--version'], { stdio: ['ignore', 'ignore', 'ignore'], timeout: 30_000 })
      .success
  } catch {
    return false // No such file.
  }
}

/** Downloads Chromium, with its libraries if Playwright can install them (root and apt). */
async function download(): Promise<boolean> {
  const libraries = process.getuid?.() === 0 && Bun.which('apt-get') ? ['--with-deps'] : []
  const command = [
    process.execPath,
    '--bun',
    'node_modules/.bin/playwright',
    'install',
    ...libraries,
    'chromium',
  ]
  return (await Bun.spawn(command, { stdio: ['ignore', 'inherit', 'inherit'] }).exited) === 0
}

async function isDebian(): Promise<boolean> {
  const release = await Bun.file('/etc/os-release')
    .text()
    .catch(() => '')
  return /^ID=debian$/m.test(release)
}
