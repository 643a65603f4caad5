import { afterAll, describe, expect, test } from 'bun:test'
import { type Browser, openBrowser, openSignedIn } from '../../test/support/browser.ts'
import { openChat, sqlite } from '../../test/support/chat.ts'
import { addCrowd } from '../../test/support/crowd.ts'
import { paths } from '../../web/paths.ts'

const chat = await openChat(sqlite)
afterAll(() => chat.close())
await chat.signUp('ada', { displayName: 'Ada Lovelace' })
const bob = await chat.signUp('bob', { displayName: 'Bob' })

const enter = (username: string) => openSignedIn(chat, username)
const said = (browser: Browser) => browser.texts('.message .body')
const title = (browser: Browser) => browser.document.title

describe('without JavaScript', () => {
  test('a message is sent by its form, and is there when the page is', async () => {
    const browser = await enter('ada')
    await browser.visit(paths.chat('bob'))
    expect(title(browser)).toBe('Bob · ChatApp')
    await browser.submit('.composer', { body: '  Hello\r\nBob 👋 ' })
    expect([browser.path, browser.status]).toEqual(['/chat/bob', 200])
    expect(said(browser)).toEqual(['Hello\nBob 👋'])
    expect((await bob.get(paths.api.messages('ada'))).body.results[0].body).toBe('Hello\nBob 👋')
  })

  test('a form that is sent twice, by a second click or by going back, lands once', async () => {
    const browser = await (await enter('ada')).visit(paths.chat('bob'))
    const { document } = browser
    await browser.submit('.composer', { body: 'once' })
    browser.document = document
    await browser.submit('.composer', { body: 'once' })
    expect(said(browser).filter((body) => body === 'once')).toHaveLength(1)
    browser.document = document
    await browser.submit('.composer', { body: 'another text in the same form' })
    expect(browser.status).toBe(422)
    expect(browser.document.querySelector('#composer')?.textContent).toBe('another text in the same form')
    await browser.submit('.composer')
    expect(said(browser).at(-1)).toBe('another text in the same form')
  })

  test('a message that is empty or too long is refused at its field, and the text is kept', async () => {
    const browser = await (await enter('ada')).visit(paths.chat('bob'))
    for (const body of ['', ' \r\n ', 'x'.repeat(4001), '</textarea><b>&amp;'.repeat(400)]) {
      await browser.submit('.composer', { body })
      expect([browser.path, browser.status]).toEqual(['/chat/bob', 422])
      const field = browser.document.querySelector('#composer')!
      expect(field.textContent!.trim()).toBe(body.trim())
      expect(field.getAttribute('aria-invalid')).toBe('true')
    }
  })

  test('the latest fifteen are shown, and links lead back to the first and on to the last', async () => {
    const [cleo, dan] = [await chat.signUp('cleo'), await chat.signUp('dan')]
    for (let n = 1; n <= 40; n++) await cleo.say(dan, `${n}`)
    const browser = await (await enter('dan')).visit(paths.chat('cleo'))
    const numbers = Array.from({ length: 40 }, (_, n) => `${n + 1}`)
    expect(said(browser)).toEqual(numbers.slice(-15))
    await browser.follow('Earlier messages')
    expect(said(browser)).toEqual(numbers.slice(-30, -15))
    await browser.follow('Earlier messages')
    expect(said(browser)).toEqual(numbers.slice(0, 10))
    expect(browser.texts('.earlier')).not.toContain('Earlier messages')
    await browser.follow('Later messages')
    expect(said(browser)).toEqual(numbers.slice(10, 25))
    for (const beyond of ['before=1', 'after=40']) {
      await browser.visit(`${paths.chat('cleo')}?${beyond}`)
      expect([browser.path, said(browser)]).toEqual([paths.chat('cleo'), numbers.slice(-15)])
    }
  })

  test('what is unread is counted in the title and in the list until it is marked as read', async () => {
    const emil = await chat.signUp('emil')
    await bob.say(emil, 'one')
    await bob.say(emil, 'two')
    const browser = await (await enter('emil')).visit(paths.chat('bob'))
    // Looking alone changes nothing.
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

  test('people are found by the form, and listed page by page', async () => {
    await addCrowd(
      chat.deps,
      Array.from({ length: 70 }, (_, n) => ({ username: `walker${n}`, displayName: `Walker ${n}` })),
    )
    const browser = await enter('ada')
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

  test('whom one wants to write to is a link away', async () => {
    const browser = await (await enter('ada')).submit('.search', { search: 'bob' })
    await browser.visit(browser.document.querySelector('#people a.row')!.getAttribute('href')!)
    expect(browser.path).toBe('/chat/bob')
  })

  test('conversations are listed page by page, the latest first', async () => {
    const fay = await chat.signUp('fay')
    for (let n = 0; n < 55; n++) {
      chat.advance(1)
      await fay.say({ ...bob, username: `walker${n}` }, 'hi')
    }
    const browser = await enter('fay')
    const listed = browser.texts('#conversations .row-name')
    expect(listed).toHaveLength(50)
    await browser.follow('More conversations')
    listed.push(...browser.texts('#conversations .row-name'))
    expect(listed).toEqual(Array.from({ length: 55 }, (_, n) => `Walker ${54 - n}`))
  })

  test('the row of one conversation is the one in the list, as a fragment only', async () => {
    const ida = await chat.signUp('ida')
    const jon = await chat.signUp('jon')
    await jon.say(ida, 'hello')
    const browser = await enter('ida')
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

  test('there is a page that helps where nobody is', async () => {
    const browser = await (await enter('ada')).visit('/chat/nobody-here')
    expect(browser.status).toBe(404)
    expect(browser.html).not.toContain('nobody-here')
    await browser.follow('Home')
    expect(browser.path).toBe(paths.home)
  })

  test('times and days are those of the reader', async () => {
    const gus = await chat.signUp('gus')
    chat.deps.now = () => new Date('2026-03-01T22:30:00Z')
    await gus.say(gus, 'late')
    chat.deps.now = () => new Date('2026-03-01T23:30:00Z')
    await gus.say(gus, 'later')
    chat.deps.now = () => new Date()
    const browser = await enter('gus')
    browser.cookies.set('zone', encodeURIComponent('Europe/Berlin'))
    await browser.visit(paths.chat('gus'))
    const days = [...browser.document.querySelectorAll('.day-name time')].map((day) =>
      day.getAttribute('datetime'),
    )
    expect(days).toEqual(['2026-03-01', '2026-03-02'])
    expect(browser.texts('.message time')).toEqual(['23:30', '00:30'])
  })
})

describe('with htmx', () => {
  const htmx = { 'hx-request': 'true', accept: '*/*' }

  test('a conversation, people and conversations come as parts that no cache mixes up with pages', async () => {
    const { cookies } = await enter('ada')
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

  test('a further page of people is no more than its rows', async () => {
    const { cookies } = await enter('ada')
    const page = Object.assign(openBrowser(chat), { cookies })
    await page.visit(paths.people)
    await page.submit('.search', { search: 'walker' })
    const more = [...page.document.querySelectorAll('#people .more a')].at(-1)!.getAttribute('href')!
    const over = Object.assign(openBrowser(chat, htmx), { cookies })
    await over.visit(more)
    expect(over.html).toStartWith('<li')
    expect(over.texts('.row')).toHaveLength(20)
  })

  test('nobody and nothing is said so in the pane', async () => {
    const { cookies } = await enter('ada')
    const over = Object.assign(openBrowser(chat, htmx), { cookies })
    await over.visit('/chat/nobody-here')
    expect(over.status).toBe(404)
    expect(over.html).not.toContain('<html')
  })
})

test('a form of another site sends nothing', async () => {
  const browser = await (await enter('ada')).visit('/chat/bob')
  const before = said(browser).length
  const evil = Object.assign(openBrowser(chat, { origin: 'https://evil.example.com' }), {
    cookies: browser.cookies,
    document: browser.document,
  })
  await evil.submit('.composer', { body: 'forged' })
  expect(evil.status).toBe(403)
  expect(said(await browser.visit('/chat/bob'))).toHaveLength(before)
})
