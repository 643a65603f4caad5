import { installed } from './servers.ts'

/** The shell draws the same pages without the rest of a browser: the browser tests take half the time. */
const DEBIAN = ['chromium-headless-shell', 'chromium']

/** Without them emoji and Chinese are empty boxes. */
const FONTS = ['fonts-noto-color-emoji', 'fonts-noto-cjk']

/**
 * The path of a Chromium that starts: the one that CHROMIUM_PATH names, else one on PATH, else Playwright's own, and when
 * there is none, installed from Debian's packages (root on Debian) or downloaded by Playwright.
 *
 * @throws an Error with one plain sentence on what to do when there is none and none could be had.
 */
export async function chromium(): Promise<string> {
  const given = process.env.CHROMIUM_PATH
  if (given) {
    if (starts(given)) return given
    throw new Error(`CHROMIUM_PATH names ${given}, which does not start: please correct or unset it.`)
  }
  const found = onPath() ?? (await playwrights())
  if (found) return found

  // Ubuntu's packages of that name need snap. Not every Debian has the shell.
  for (const program of (await isDebian()) ? DEBIAN : []) {
    const installedNow = (await installed([program, ...FONTS])) ? onPath() : undefined
    if (installedNow) return installedNow
  }

  const downloaded = (await download()) ? await playwrights() : undefined
  if (downloaded) return downloaded
  throw new Error(
    'Chromium is missing: please install it (on Debian: sudo apt-get install chromium) or name one in CHROMIUM_PATH.',
  )
}

/** The first Chromium on PATH that starts. */
export function onPath(): string | undefined {
  return [...DEBIAN, 'chromium-browser', 'google-chrome', 'google-chrome-stable']
    .map((program) => Bun.which(program))
    .find((path): path is string => !!path && starts(path))
}

/** Playwright's own browser, if it was downloaded and all its libraries are there. */
async function playwrights(): Promise<string | undefined> {
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

/** With the libraries it needs where Playwright may install them, which takes root and apt. */
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
