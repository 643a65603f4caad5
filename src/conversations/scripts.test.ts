import { afterAll, describe, expect, test } from 'bun:test'
import { openSignedIn } from '../../test/support/browser.ts'
import { backends, openChat } from '../../test/support/chat.ts'
import { addCrowd } from '../../test/support/crowd.ts'
import { seeded } from '../../test/support/random.ts'
import { SCRIPTS, wordIn } from '../../test/support/scripts.ts'
import { paths, withQuery } from '../../web/paths.ts'

describe.each(backends)('generated words of many scripts, on $name,', async (backend) => {
  const chat = await openChat(backend)
  afterAll(() => chat.close())
  const ada = await chat.signUp('ada')
  const random = seeded(10)
  const people = SCRIPTS.map((script) => {
    const [given, family, word] = [wordIn(script, random), wordIn(script, random), wordIn(script, random)]
    // After Latin letters, the address would not begin.
    const gap = script === 'Latin' ? ' ' : ''
    const body = `${word}${gap}https://example.org/${word}?${gap}${word}`
    return { username: `in-${script.toLowerCase()}`, displayName: `${given} ${family}`, family, word, body }
  })
  await addCrowd(chat.deps, people)
  for (const { username, body } of people) {
    const { status } = await ada.post(paths.api.messages(username), { body })
    expect(status).toBe(201)
  }
  const browser = await openSignedIn(chat, 'ada')

  test('are found as names, with and without accents', async () => {
    for (const { username, family } of people) {
      for (const search of [family, family.normalize('NFD'), family.toUpperCase()]) {
        const { body } = await ada.get(withQuery(paths.api.users, { search, limit: 100 }))
        const found = body.results.map((person: { username: string }) => person.username)
        expect([username, search, found.includes(username)]).toEqual([username, search, true])
      }
    }
  })

  test('are shown unchanged as names and previews', async () => {
    await browser.visit(paths.home)
    const names = browser.texts('#conversations .row-name')
    const lines = browser.texts('#conversations .row-line')
    for (const { displayName, body } of people) {
      const place = names.indexOf(displayName)
      expect([displayName, lines[place]]).toEqual([displayName, `You: ${body}`])
    }
  })

  test('are shown unchanged in a conversation, with its links', async () => {
    for (const { username, displayName, word, body } of people.filter((_, n) => n % 3 === 0)) {
      await browser.visit(paths.chat(username))
      expect(browser.texts('h1 bdi')).toEqual([displayName])
      expect(browser.texts('.message .body')).toEqual([body])
      const links = [...browser.document.querySelectorAll('.message a')].map((link) =>
        link.getAttribute('href'),
      )
      expect(links).toEqual([`https://example.org/${word}`])
    }
  })

  test('keep their line breaks when they are sent by a form', async () => {
    for (const { username, word } of people.slice(0, 2)) {
      await browser.visit(paths.chat(username))
      await browser.submit('.composer', { body: `${word}\r\n${word}\r\n` })
      const { body } = await ada.get(withQuery(paths.api.messages(username), { limit: 1 }))
      expect(body.results[0].body).toBe(`${word}\n${word}`)
    }
  })
})
