import { afterAll, describe, expect, test } from 'bun:test'
import { openSignedIn } from '../../test/support/browser.ts'
import { openChat, sqlite } from '../../test/support/chat.ts'
import { paths, withQuery } from '../../web/paths.ts'
import { ReportEntity } from './entity.ts'

const chat = await openChat(sqlite)
afterAll(() => chat.close())
const [ada, eve] = [await chat.signUp('ada'), await chat.signUp('eve', { displayName: 'Eve <b>' })]
const first = await eve.say(ada, 'an <i>insult</i>')
await ada.say(eve, 'please stop')
const browser = await openSignedIn(chat, 'ada')
const reports = () => chat.deps.orm.em.fork().find(ReportEntity, {})

describe('blocking, without JavaScript,', () => {
  test('replaces the composer with a reason for the blocker and a neutral notice for the other', async () => {
    await (await browser.visit(paths.chat('eve'))).submit('#menu form')
    expect(browser.path).toBe(paths.chat('eve'))
    expect(browser.texts('.closed p')).toEqual(['You blocked Eve <b>. Unblock to send messages.'])
    expect(browser.document.querySelector('.composer')).toBeNull()

    const eves = await openSignedIn(chat, 'eve')
    await eves.visit(paths.chat('ada'))
    expect(eves.texts('.closed')).toEqual(["You can't message this person."])
    expect(eves.texts('#menu button')).toEqual(['Block'])
    expect(eves.texts('.body')).toHaveLength(2)
  })

  test('shows the notice after submitting a page that was open before', async () => {
    const old = await openSignedIn(chat, 'eve')
    await ada.delete(paths.api.block('eve'))
    await old.visit(paths.chat('ada'))
    await ada.put(paths.api.block('eve'), undefined)
    await old.submit('.composer', { body: 'one more' })
    expect(old.status).toBe(403)
    expect(old.html).toContain("You can't message this person.")
  })

  test('can be undone from the list in the settings', async () => {
    await (await browser.visit(paths.settings)).follow('Blocked')
    expect(browser.texts('.blocked-row .row-name')).toEqual(['Eve <b>'])
    await browser.submit('.blocked-row form')
    expect(browser.path).toBe(paths.blocked)
    expect(browser.texts('.card')[0]).toContain("You haven't blocked anyone.")
    await browser.visit(paths.chat('eve'))
    expect(browser.document.querySelector('.composer')).not.toBeNull()
  })

  test('redirects only to known pages', async () => {
    await browser.visit(paths.chat('eve'))
    for (const next of ['https://evil.example.com', '//evil.example.com', '/settings']) {
      const form = browser.document.querySelector('#menu form')!
      form.setAttribute('action', withQuery(paths.unblock('eve'), { next }))
      await browser.submit('#menu form')
      expect(browser.status).toBe(422)
      await browser.visit(paths.chat('eve'))
    }
  })
})

describe('reporting, without JavaScript,', () => {
  test('offers only the messages of the other person, as text', async () => {
    await (await browser.visit(paths.chat('eve'))).follow('Report a message…')
    expect(browser.texts('.quote')).toEqual(['an <i>insult</i>'])
  })

  test('requires a message and a reason, and keeps the input', async () => {
    await browser.submit('form.card', { reason: 'It hurts.' })
    expect([browser.status, browser.texts('.summary')]).toEqual([422, ['Choose a message.']])
    expect(browser.document.querySelector('textarea')!.value).toBe('It hurts.')
    await browser.submit('form.card', { message: first.id, reason: ' ' })
    expect([browser.status, browser.texts('.summary a'), browser.texts('.field-error')]).toEqual([
      422,
      ['Why are you reporting this?'],
      ["Tell us what's wrong with this message."],
    ])
    expect(browser.document.querySelector('input:checked')!.getAttribute('value')).toBe(first.id)
    expect(await reports()).toEqual([])
  })

  test('confirms and stores the report', async () => {
    await browser.submit('form.card', { message: first.id, reason: 'It hurts.' })
    expect(browser.texts('.saved')).toEqual(['Report sent. Thank you. An administrator will review it.'])
    expect(await reports()).toMatchObject([{ seq: 1, reason: 'It hurts.' }])
  })

  test('shows the newest messages first and links to earlier ones, even past many own messages', async () => {
    const [cy, dan] = [await chat.signUp('cyd'), await chat.signUp('dan')]
    await cy.say(dan, 'first')
    for (let n = 1; n <= 20; n++) await dan.say(cy, `mine ${n}`)
    const dans = await (await openSignedIn(chat, 'dan')).visit(paths.report('cyd'))
    expect(dans.texts('.quote')).toEqual([])
    await dans.follow('Earlier messages')
    expect(dans.texts('.quote')).toEqual(['first'])
    const chosen = dans.document.querySelector('.pick input')!.getAttribute('value')!
    await dans.submit('form.card', { message: chosen, reason: ' ' })
    expect(dans.status).toBe(422)
    expect(dans.document.querySelector('input:checked')!.getAttribute('value')).toBe(chosen)
    for (const text of ['second', 'third']) await cy.say(dan, text)
    await dans.visit(paths.report('cyd'))
    expect(dans.texts('.quote')).toEqual(['third', 'second'])
    expect(dans.document.querySelector('.pick > :last-child')!.textContent).toBe('Earlier messages')
  })

  test('returns 404 for a message of others and for an unknown user', async () => {
    const foreign = await (await chat.signUp('bob')).say(eve, 'not for ada')
    await browser.visit(paths.report('eve'))
    await browser.submit('form.card', { message: foreign.id, reason: 'Whatever.' })
    expect(browser.status).toBe(404)
    expect((await browser.visit(paths.report('nobody'))).status).toBe(404)
    expect((await browser.visit(paths.report('bob'))).texts('.card')).toEqual([
      "bob hasn't sent you any messages.",
    ])
    expect(await reports()).toHaveLength(1)
  })
})
