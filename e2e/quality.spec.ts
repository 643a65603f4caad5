import lighthouse from 'lighthouse'
import { chromium } from 'playwright/test'
import { freePort } from '../scripts/servers.ts'
import { paths } from '../web/paths.ts'
import { expect, sessionCookie, test } from './fixtures.ts'

const asserted = ['accessibility', 'best-practices', 'seo']

test('Lighthouse finds no issues on the sign-in page and in a conversation', async ({
  newPerson,
  launchOptions,
}) => {
  test.setTimeout(120_000)
  const [ada, bo] = [await newPerson('ada'), await newPerson('bo')]
  for (let number = 1; number <= 15; number++) await bo.send(ada, `message ${number}`)
  const { name, value } = await sessionCookie(ada)
  const pages = [
    { path: paths.signIn, headers: {} },
    { path: paths.chat(bo.username), headers: { Cookie: `${name}=${value}` } },
  ]
  const port = await freePort()
  const browser = await chromium.launch({
    ...launchOptions,
    args: [...(launchOptions.args ?? []), `--remote-debugging-port=${port}`],
  })
  try {
    for (const { path, headers } of pages) {
      const { lhr } = (await lighthouse(ada.url + path, { port, extraHeaders: headers, logLevel: 'error' }))!
      const { categories, audits } = lhr
      const scores = Object.entries(categories).map(
        ([name, { score }]) => `${name} ${Math.round((score ?? 0) * 100)}`,
      )
      // Performance depends on the machine, so it is only logged.
      console.log(`Lighthouse on ${path.replace(bo.username, 'bo')}: ${scores.join(', ')}`)
      for (const category of asserted) {
        const faults = categories[category]!.auditRefs.filter(
          ({ id, weight }) => weight > 0 && (audits[id]!.score ?? 1) < 1,
        ).map(({ id }) => `${id}: ${audits[id]!.title}`)
        expect(faults, `${category} of ${path}`).toEqual([])
        expect(categories[category]!.score, `${category} of ${path}`).toBe(1)
      }
    }
  } finally {
    await browser.close()
  }
})
