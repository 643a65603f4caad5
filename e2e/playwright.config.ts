import { defineConfig } from 'playwright/test'
import { onPath } from '../scripts/browser.ts'
import type { Options } from './fixtures.ts'

/** Without either it is Playwright's own. */
const chromium = process.env.CHROMIUM_PATH || onPath()

/** Whole journeys in a real browser: all of them on the embedded default, those tagged `@core` on MySQL and Redis too. */
export default defineConfig<object, Options>({
  testDir: '.',
  outputDir: '../test-results/e2e',
  fullyParallel: true,
  workers: 2,
  // Limits catch a hang, not a slow machine.
  timeout: 180_000,
  expect: { timeout: 30_000 },
  use: {
    viewport: { width: 1280, height: 800 },
    locale: 'en-GB',
    timezoneId: 'Europe/Berlin',
    screenshot: 'only-on-failure',
    launchOptions: {
      ...(chromium && { executablePath: chromium }),
      args: [
        '--no-sandbox',
        // What a browser asks the world for by itself: there is only the app.
        '--disable-domain-reliability',
        '--disable-sync',
        '--no-pings',
        '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost',
      ],
    },
  },
  projects: [
    { name: 'embedded', use: { storage: 'embedded' } },
    { name: 'mysql-redis', use: { storage: 'mysql-redis' }, grep: /@core/ },
  ],
})
