import { paths } from '../web/paths.ts'
import { bodies, composer, expectMessages, log, people, row, search, write } from './chat-page.ts'
import { expect, type Page, test } from './fixtures.ts'
import { PASSWORD } from './person.ts'

const bait = '/api/v1/session?stolen'
const payloads = [
  '<script>window.hacked = 1</script>',
  `<img src="${bait}" onerror="window.hacked = 2">`,
  `<b hx-get="${bait}" hx-trigger="load" hx-on:htmx:load="window.hacked = 3" hx-on--load="window.hacked = 3">here</b>`,
  `"><a href="javascript:window.hacked = 4" autofocus onfocus="window.hacked = 4">x</a>`,
  '</script></textarea></title><svg onload="window.hacked = 5">',
  `javascript:window.hacked=6 JAVASCRIPT://%0awindow.hacked=6 https://example.org/"onmouseover="window.hacked=6`,
  '{{constructor.constructor("window.hacked = 7")()}} &lt;script&gt;window.hacked = 7&lt;/script&gt;',
  'data:text/html,<script>window.hacked=8</script> vbscript:msgbox',
]
/** A valid display name that must be shown as text. */
const hostileName = `<img src="${bait}" onerror="window.hacked=9">`

test('hostile text stays text on first load, live and after an htmx swap', {
  tag: '@core',
}, async ({ newPerson, enter }) => {
  const mallory = await newPerson('mallory', { displayName: hostileName })
  const ada = await newPerson('ada')
  for (const body of payloads) await mallory.send(ada, body)

  const page = await enter(ada, { path: paths.chat(mallory.username) })
  const requests = listenForBait(page)
  await test.step('on first load', async () => {
    await expectMessages(page, payloads)
    await expect(page.getByRole('heading', { level: 1 })).toHaveText(hostileName)
    await expect(row(page, hostileName)).toContainText(payloads.at(-1)!)
    await expectHarmless(page)
  })
  await test.step('live in the conversation and the list', async () => {
    for (const body of payloads.slice(0, 5)) {
      await mallory.send(ada, body)
      await expect(row(page, hostileName)).toContainText(body)
    }
    await expectMessages(page, [...payloads, ...payloads.slice(0, 5)])
    await expectHarmless(page)
  })
  await test.step('after htmx swaps of the pane and the search results', async () => {
    await page.getByRole('link', { name: 'Notes to yourself' }).click()
    await expect(log(page)).toHaveAccessibleName('Messages with ada')
    for (const body of payloads) await write(page, body)
    await expectMessages(page, payloads)
    await search(page).pressSequentially(mallory.username)
    await expect(people(page).locator('.row-name')).toHaveText([hostileName])
    await people(page).getByRole('link', { name: hostileName }).click()
    await expect(bodies(page)).toHaveCount(13)
    await search(page).fill('<script>window.hacked = 10</script>')
    await expect(people(page)).toContainText('No results for “<script>window.hacked = 10</script>”')
    await expectHarmless(page)
  })
  await test.step('in a restored draft', async () => {
    await composer(page).fill('</textarea><script>window.hacked = 11</script>')
    await page.reload()
    await expect(composer(page)).toHaveValue('</textarea><script>window.hacked = 11</script>')
    await expectHarmless(page)
  })
  expect(requests).toEqual([])
})

test('only web and email addresses become links', async ({ newPerson, enter }) => {
  const [ada, bo] = [await newPerson('ada'), await newPerson('bo')]
  await bo.send(
    ada,
    'see https://example.org/a?b=1&c=2 and mail bo@example.org, not javascript:alert(1) or file:///etc/passwd',
  )
  const page = await enter(ada, { path: paths.chat(bo.username) })
  const links = bodies(page).getByRole('link')
  await expect(links).toHaveCount(2)
  await expect(links.first()).toHaveAttribute('href', 'https://example.org/a?b=1&c=2')
  await expect(links.first()).toHaveAttribute('rel', /noopener/)
  await expect(links.last()).toHaveAttribute('href', 'mailto:bo@example.org')
})

test('bidirectional control characters only affect their own message or name', async ({
  newPerson,
  enter,
}) => {
  const [ada, bo] = [await newPerson('ada'), await newPerson('bo', { displayName: 'עדה כהן' })]
  const turned = '\u202Egnp.exe\u2066 harmless'
  await bo.send(ada, turned)
  await bo.send(ada, 'שלום, מה שלומך?')
  await bo.send(ada, 'plain')
  const page = await enter(ada, { path: paths.chat(bo.username) })
  await expect(bodies(page)).toHaveText([turned, 'שלום, מה שלומך?', 'plain'])
  for (const body of await bodies(page).all()) await expect(body).toHaveAttribute('dir', 'auto')
  await expect(bodies(page).nth(1)).toHaveCSS('direction', 'rtl')
  await expect(bodies(page).nth(2)).toHaveCSS('direction', 'ltr')
  await expect(row(page, 'עדה כהן').locator('bdi')).toHaveText('עדה כהן')
})

test('stacked marks are cut off at their own message, row and heading', async ({ newPerson, enter }) => {
  const stacked = `l${'\u0301\u0323'.repeat(150)}`
  const [ada, bo] = [await newPerson('ada'), await newPerson('bo', { displayName: stacked.slice(0, 80) })]
  await bo.send(ada, stacked)
  await ada.send(bo, stacked)
  const page = await enter(ada, { path: paths.chat(bo.username) })
  await expect(bodies(page)).toHaveCount(2)
  // Whether marks stack depends on the font, so every block that shows some is looked at.
  const loose = await page.evaluate(() => {
    const found: string[] = []
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
    while (texts.nextNode()) {
      const block = texts.currentNode.parentElement!.closest(
        'p, h1, h2, .body, .row-name, .row-line, .avatar, script',
      )
      const isCut =
        block?.matches('script') || (block && /clip|hidden/.test(getComputedStyle(block).overflowY))
      if (
        /\p{M}/u.test(texts.currentNode.nodeValue!) &&
        !isCut &&
        !texts.currentNode.parentElement!.closest('.hidden')
      )
        found.push(texts.currentNode.parentElement!.outerHTML)
    }
    return found
  })
  expect(loose).toEqual([])
})

test('an own message of emoji is visible in a font without colours', async ({ newPerson, enter }) => {
  const [ada, bo] = [await newPerson('ada'), await newPerson('bo')]
  await ada.send(bo, '❤\ufe0f👍')
  for (const colorScheme of ['light', 'dark'] as const) {
    const page = await enter(ada, { path: paths.chat(bo.username) })
    await page.emulateMedia({ colorScheme })
    const body = bodies(page).first()
    expect(await body.evaluate((element) => getComputedStyle(element).fontFamily)).toMatch(
      /^"Apple Color Emoji"/,
    )
    const colour = (selector: string) =>
      page
        .locator(selector)
        .first()
        .evaluate((element) => getComputedStyle(element).color)
    expect(await colour('.body')).toBe(await colour('.who h1'))
  }
})

test('a hostile username or name at sign-up is refused with an error at its field', async ({
  openBrowser,
}) => {
  const page = await (await openBrowser()).newPage()
  const requests = listenForBait(page)
  await page.goto(paths.signUp)
  const form = page.locator('#sign-up')
  const username = page.locator('input[name="username"]')
  const displayName = page.locator('input[name="displayName"]')
  for (const hostile of [
    '<script>window.hacked=1</script>',
    '"><img src=x onerror=hacked=1>',
    '../../etc',
    'a b',
    'ad\u0430',
  ]) {
    await username.fill(hostile)
    await displayName.fill(hostileName)
    await page.locator('input[name="password"]').fill(PASSWORD)
    // Marks the submitted form, to wait for the new one.
    await form.evaluate((element) => element.setAttribute('data-sent', ''))
    await page.getByRole('button', { name: 'Create an account' }).click()
    await expect(page.locator('#sign-up[data-sent]')).toHaveCount(0)
    await expect(username).toHaveAttribute('aria-invalid', 'true')
    await expect(username).toHaveAccessibleDescription(
      /Use 3 to 32 letters \(a–z\), digits, dots, dashes or underscores/,
    )
    await expect(username).toHaveValue(hostile)
    await expect(displayName).toHaveValue(hostileName)
    await expectHarmless(page)
  }
  await username.fill(`fine-${crypto.randomUUID().slice(0, 8)}`)
  await displayName.fill('Ada \u202Egnihton')
  await page.locator('input[name="password"]').fill(PASSWORD)
  await page.getByRole('button', { name: 'Create an account' }).click()
  await expect(displayName).toHaveAccessibleDescription(/characters that can't be saved/)
  await displayName.fill(hostileName)
  await page.locator('input[name="password"]').fill(PASSWORD)
  await page.getByRole('button', { name: 'Create an account' }).click()
  await expect(page).toHaveURL('/')
  await expectHarmless(page)
  expect(requests).toEqual([])
})

/** Records requests that only a payload can make. */
function listenForBait(page: Page): string[] {
  const requests: string[] = []
  page.on('request', (request) => {
    if (request.url().includes('stolen')) requests.push(request.url())
  })
  return requests
}

/** Expects that no payload ran, no element was injected and links are web or email addresses. */
async function expectHarmless(page: Page) {
  expect(
    await page.evaluate(() => ({
      hacked: 'hacked' in window,
      elements: [
        ...document.querySelectorAll('.message .body :not(a), .row-name *, .row-line *, h1 *:not(bdi)'),
      ].map((element) => element.outerHTML),
      links: [...document.querySelectorAll<HTMLAnchorElement>('.message .body a')]
        .map(({ href }) => href)
        .filter((href) => !/^(https?|mailto):/.test(href)),
    })),
  ).toEqual({ hacked: false, elements: [], links: [] })
}
