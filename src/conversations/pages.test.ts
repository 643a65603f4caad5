import { afterAll, describe, expect, test } from 'bun:test'
import { type Browser, openBrowser, openSignedIn } from '../../test/support/browser.ts'
import { openChat, sqlite } from '../../test/support/chat.ts'
import { addCrowd } from '../../test/support/crowd.ts'
import { paths } from '../../web/paths.ts'

const chat = await openChat(sqlite)
afterAll(() => chat.close())
await chat.signUp('ada', { displayName: 'Ada Lovelace' })
const bob = await chat.signUp('bob', { displayName: 'Bob' })

const openAs = (username: string) => openSignedIn(chat, username)
const bodiesOn = (browser: Browser) => browser.texts('.message .body')
const title = (browser: Browser) => browser.document.title

describe('the chat page, without JavaScript,', () => {
  test('sends a message with the form and shows it', async () => {
    const browser = await openAs('ada')
    await browser.visit(paths.chat('bob'))
    expect(title(browser)).toBe('Bob · ChatApp')
    await browser.submit('.composer', { body: '  Hello\r\nBob 👋 ' })
    expect([browser.path, browser.status]).toEqual(['/chat/bob', 200])
    expect(bodiesOn(browser)).toEqual(['Hello\nBob 👋'])
    expect((await bob.get(paths.api.messages('ada'))).body.results[0].body).toBe('Hello\nBob 👋')
  })

  test('stores a form once when it is submitted twice', async () => {
    const browser = await (await openAs('ada')).visit(paths.chat('bob'))
    const { document } = browser
    await browser.submit('.composer', { body: 'once' })
    browser.document = document
    await browser.submit('.composer', { body: 'once' })
    expect(bodiesOn(browser).filter((body) => body === 'once')).toHaveLength(1)
    browser.document = document
    await browser.submit('.composer', { body: 'another text in the same form' })
    expect(browser.status).toBe(422)
    expect(browser.document.querySelector('#composer')?.textContent).toBe('another text in the same form')
    await browser.submit('.composer')
    expect(bodiesOn(browser).at(-1)).toBe('another text in the same form')
  })

  test('shows an error for an empty or too long message, and keeps the text', async () => {
    const browser = await (await openAs('ada')).visit(paths.chat('bob'))
    for (const body of ['', ' \r\n ', 'x'.repeat(4001), '</textarea><b>&amp;'.repeat(400)]) {
      await browser.submit('.composer', { body })
      expect([browser.path, browser.status]).toEqual(['/chat/bob', 422])
      const field = browser.document.querySelector('#composer')!
      expect(field.textContent!.trim()).toBe(body.trim())
      expect(field.getAttribute('aria-invalid')).toBe('true')
    }
  })

  test('shows the latest 15 messages, with links to earlier and later ones', async () => {
    const [cleo, dan] = [await chat.signUp('cleo'), await chat.signUp('dan')]
    for (let n = 1; n <= 40; n++) await cleo.say(dan, `${n}`)
    const browser = await (await openAs('dan')).visit(paths.chat('cleo'))
    const numbers = Array.from({ length: 40 }, (_, n) => `${n + 1}`)
    expect(bodiesOn(browser)).toEqual(numbers.slice(-15))
    await browser.follow('Earlier messages')
    expect(bodiesOn(browser)).toEqual(numbers.slice(-30, -15))
    await browser.follow('Earlier messages')
    expect(bodiesOn(browser)).toEqual(numbers.slice(0, 10))
    expect(browser.texts('.earlier')).not.toContain('Earlier messages')
    await browser.follow('Later messages')
    expect(bodiesOn(browser)).toEqual(numbers.slice(10, 25))
    for (const beyond of ['before=1', 'after=40']) {
      await browser.visit(`${paths.chat('cleo')}?${beyond}`)
      expect([browser.path, bodiesOn(browser)]).toEqual([paths.chat('cleo'), numbers.slice(-15)])
    }
  })

  test('counts unread messages in the title and in the list until they are marked as read', async () => {
    const emil = await chat.signUp('emil')
    await bob.say(emil, 'one')
    await bob.say(emil, 'two')
    const browser = await (await openAs('emil')).visit(paths.chat('bob'))
    // Opening the page does not mark messages as read.
    await browser.visit(paths.chat('bob'))
    expect(title(browser)).toBe('(2) Bob · ChatApp')
    expect(browser.texts('#conversations .badge').join()).toContain('2')
    await browser.visit(paths.home)
    expect(title(browser)).toBe('(2) ChatApp')
    await browser.visit(paths.chat('bob'))
    await browser.submit('.mark-read')
    expect([browser.path, title(browser)]).toEqual(['/chat/bob', 'Bob · ChatApp'])
    expect(browser.document.querySelector('#conversations .badge')).toBeNull()
    await bob.say(emil, 'three')
    await browser.submit('.composer', { body: 'answered' })
    expect(title(browser)).toBe('Bob · ChatApp')
  })

  test('searches people with the form and pages through them', async () => {
    await addCrowd(
      chat.deps,
      Array.from({ length: 70 }, (_, n) => ({ username: `walker${n}`, displayName: `Walker ${n}` })),
    )
    const browser = await openAs('ada')
    await browser.submit('.search', { search: 'walker' })
    const found = browser.texts('#people .row-name')
    expect(found).toHaveLength(50)
    expect(browser.document.querySelector('#search')?.getAttribute('value')).toBe('walker')
    await browser.follow('More people')
    found.push(...browser.texts('#people .row-name'))
    expect(new Set(found).size).toBe(70)
    await browser.submit('.search', { search: '<i>nobody"' })
    expect(browser.texts('#people .row')).toEqual([])
    expect(browser.document.querySelector('#search')?.getAttribute('value')).toBe('<i>nobody"')
  })

  test('links from a person to the conversation', async () => {
    const browser = await (await openAs('ada')).submit('.search', { search: 'bob' })
    await browser.visit(browser.document.querySelector('#people a.row')!.getAttribute('href')!)
    expect(browser.path).toBe('/chat/bob')
  })

  test('pages through conversations, latest first', async () => {
    const fay = await chat.signUp('fay')
    for (let n = 0; n < 55; n++) {
      chat.advance(1)
      await fay.say({ ...bob, username: `walker${n}` }, 'hi')
    }
    const browser = await openAs('fay')
    const listed = browser.texts('#conversations .row-name')
    expect(listed).toHaveLength(50)
    await browser.follow('More conversations')
    listed.push(...browser.texts('#conversations .row-name'))
    expect(listed).toEqual(Array.from({ length: 55 }, (_, n) => `Walker ${54 - n}`))
  })

  test('serves the list row of one conversation as a fragment only', async () => {
    const ida = await chat.signUp('ida')
    const jon = await chat.signUp('jon')
    await jon.say(ida, 'hello')
    const browser = await openAs('ida')
    const listed = browser.document.querySelector('#c-jon')?.outerHTML
    const htmx = Object.assign(openBrowser(chat, { 'hx-request': 'true' }), { cookies: browser.cookies })
    await htmx.visit(paths.conversationRow('jon'))
    expect([htmx.status, htmx.document.querySelector('#c-jon')?.outerHTML]).toEqual([200, listed])
    for (const other of ['bob', 'nobody-here']) {
      await htmx.visit(paths.conversationRow(other))
      expect(htmx.status).toBe(404)
    }
    await browser.visit(paths.conversationRow('jon'))
    expect(browser.path).toBe('/chat/jon')
  })

  test('shows an error page for an unknown user', async () => {
    const browser = await (await openAs('ada')).visit('/chat/nobody-here')
    expect(browser.status).toBe(404)
    expect(browser.html).not.toContain('nobody-here')
    await browser.follow('Back to conversations')
    expect(browser.path).toBe(paths.home)
  })

  test('shows times and days in the time zone of the viewer', async () => {
    const gus = await chat.signUp('gus')
    chat.deps.now = () => new Date('2026-03-01T22:30:00Z')
    await gus.say(gus, 'late')
    chat.deps.now = () => new Date('2026-03-01T23:30:00Z')
    await gus.say(gus, 'later')
    chat.deps.now = () => new Date()
    const browser = await openAs('gus')
    browser.cookies.set('chatapp-zone-3000', encodeURIComponent('Europe/Berlin'))
    await browser.visit(paths.chat('gus'))
    const days = [...browser.document.querySelectorAll('.day-name time')].map((day) =>
      day.getAttribute('datetime'),
    )
    expect(days).toEqual(['2026-03-01', '2026-03-02'])
    expect(browser.texts('.message time')).toEqual(['23:30', '00:30'])
    for (const [cookie, times] of [
      ['Asia/Calcutta', ['04:00', '05:00']],
      ['Europe/Kiev', ['00:30', '01:30']],
      ['Mars; chatapp-zone-3000=%; chatapp-zone-3000=Asia/Katmandu', ['04:15', '05:15']],
      ['Asia/Saigon; chatapp-zone-3000=Mars', ['05:30', '06:30']],
      ['Mars/Olympus', ['22:30', '23:30']],
    ] as const) {
      browser.cookies.set('chatapp-zone-3000', cookie)
      await browser.visit(paths.chat('gus'))
      expect(browser.texts('.message time')).toEqual(times as unknown as string[])
    }
  })
})

describe('the chat page, with htmx,', () => {
  const htmx = { 'hx-request': 'true', accept: '*/*' }

  test('gets fragments that caches cannot confuse with pages', async () => {
    const { cookies } = await openAs('ada')
    const over = Object.assign(openBrowser(chat, htmx), { cookies })
    for (const path of [paths.home, '/chat/bob', '/people?search=bob', paths.conversations]) {
      await over.visit(path)
      expect(over.status).toBe(200)
      expect(over.html).not.toContain('<html')
      expect(over.headers.get('vary')).toContain('HX-Request')
      expect(over.headers.get('cache-control')).toBe('no-store')
    }
    const back = Object.assign(openBrowser(chat, { ...htmx, 'hx-history-restore-request': 'true' }), {
      cookies,
    })
    expect((await back.visit('/chat/bob')).html).toStartWith('<!doctype html>')
  })

  test('gets further people as rows only', async () => {
    const { cookies } = await openAs('ada')
    const page = Object.assign(openBrowser(chat), { cookies })
    await page.visit(paths.people)
    await page.submit('.search', { search: 'walker' })
    const more = [...page.document.querySelectorAll('#people .more a')].at(-1)!.getAttribute('href')!
    const over = Object.assign(openBrowser(chat, htmx), { cookies })
    await over.visit(more)
    expect(over.html).toStartWith('<li')
    expect(over.texts('.row')).toHaveLength(20)
  })

  test('gets an error fragment for an unknown user', async () => {
    const { cookies } = await openAs('ada')
    const over = Object.assign(openBrowser(chat, htmx), { cookies })
    await over.visit('/chat/nobody-here')
    expect(over.status).toBe(404)
    expect(over.html).not.toContain('<html')
  })
})

test('a form on another site sends nothing', async () => {
  const browser = await (await openAs('ada')).visit('/chat/bob')
  const before = bodiesOn(browser).length
  const evil = Object.assign(openBrowser(chat, { origin: 'https://evil.example.com' }), {
    cookies: browser.cookies,
    document: browser.document,
  })
  await evil.submit('.composer', { body: 'forged' })
  expect(evil.status).toBe(403)
  expect(bodiesOn(await browser.visit('/chat/bob'))).toHaveLength(before)
})
