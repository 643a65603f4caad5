import { afterAll, describe, expect, test } from 'bun:test'
import { openSignedIn } from '../../test/support/browser.ts'
import { backends, openChat } from '../../test/support/chat.ts'

describe.each(backends)('hostile text, on $name,', async (backend) => {
  const chat = await openChat(backend)
  afterAll(() => chat.close())
  const ada = await chat.signUp('ada')
  const hostile = [
    '<script>alert(1)</script>',
    '<img src=x onerror=alert(1)>',
    '"><svg onload=alert(1)>',
    "' onmouseover='alert(1)",
    '<a href="javascript:alert(1)">x</a>',
    '<div hx-get="/sign-out" hx-trigger="load">',
    '</script><script>alert(1)</script>',
    '<!--',
    '{{constructor.constructor("alert(1)")()}}',
    'javascript:alert(1)',
    'http://example.org/"onmouseover="alert(1)',
    'data:text/html,<script>alert(1)</script>',
  ]

  test('stays text everywhere on the page', async () => {
    const mallory = await chat.signUp('mallory', { displayName: '<img src=x onerror=alert(1)>"\'' })
    for (const body of hostile) await mallory.say(ada, body)
    const browser = await (await openSignedIn(chat, 'ada')).visit('/chat/mallory')
    expect(browser.texts('.message .body')).toEqual(hostile)
    expect(browser.texts('h1 bdi')).toEqual(['<img src=x onerror=alert(1)>"\''])
    const own = browser.document
    const sources = [...own.querySelectorAll('script')].map(
      (script) => script.getAttribute('src') ?? script.getAttribute('type'),
    )
    expect(sources).toEqual([expect.stringMatching(/^\/assets\//), 'application/json'])
    expect(own.querySelectorAll('img, iframe, object, embed, base, style')).toHaveLength(0)
    for (const element of own.querySelectorAll('*')) {
      const names = element.getAttributeNames()
      expect(names.filter((name) => /^on|^style$/.test(name))).toEqual([])
    }
    for (const element of own.querySelectorAll('.message *, .row-line *, h1 *')) {
      expect(element.getAttributeNames().filter((name) => name.startsWith('hx-'))).toEqual([])
    }
    const props = JSON.parse(own.querySelector('#conversation-props')!.textContent!)
    expect(props.messages.at(-1).body).toBe(hostile.at(-1))
  })

  test('becomes a link only for http and mail, with `noopener`', async () => {
    const hal = await chat.signUp('hal')
    await hal.say(hal, 'see https://example.org/a?b=c&d=(e) or www.example.com, write to hal@example.org')
    for (const body of hostile) await hal.say(hal, body)
    const browser = await (await openSignedIn(chat, 'hal')).visit('/chat/hal')
    const links = [...browser.document.querySelectorAll('.message a')]
    expect(links.length).toBeGreaterThan(1)
    expect(links[0]!.getAttribute('href')).toBe('https://example.org/a?b=c&d=(e)')
    for (const link of links) {
      expect(link.getAttribute('href')).toMatch(/^(https?:\/\/|mailto:)[^"'<>\s]+$/)
      expect(link.getAttribute('rel')).toContain('noopener')
    }
  })
})
