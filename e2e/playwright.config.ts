import { defineConfig } from 'playwright/test'
import { onPath } from '../scripts/browser.ts'
import type { Options } from './fixtures.ts'

/** Falls back to Playwright's own browser. */
const chromium = process.env.CHROMIUM_PATH || onPath()

/** Browser tests: all with the embedded database, those tagged `@core` also with MySQL and Redis. */
export default defineConfig<object, Options>({
  testDir: '.',
  outputDir: '../test-results/e2e',
  fullyParallel: true,
  workers: 2,
  // Long enough for a slow machine; only detects hangs.
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
        // Disables the browser's own requests to other hosts.
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
