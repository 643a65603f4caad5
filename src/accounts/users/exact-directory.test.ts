import { afterAll, describe, expect, test } from 'bun:test'
import { newAdmin } from '../../../test/support/admin.ts'
import { openSignedIn } from '../../../test/support/browser.ts'
import { backends, openChat } from '../../../test/support/chat.ts'
import type { Person } from '../../../test/support/person.ts'
import { adminPaths } from '../../../web/admin/paths.ts'
import { paths, withQuery } from '../../../web/paths.ts'

describe.each(backends)('with DIRECTORY=exact, on $name,', async (backend) => {
  const chat = await openChat(backend, { env: { DIRECTORY: 'exact' } })
  afterAll(() => chat.close())
  const [ada, bob] = [await chat.signUp('ada'), await chat.signUp('bob', { displayName: 'Robert Brown' })]
  const grace = await chat.signUp('grace.h', { displayName: 'Grace Brown' })
  await chat.signUp('bobby', { displayName: 'Bob Brown' })
  const find = async (person: Person, search?: string, limit?: number) => {
    const { status, body } = await person.get(withQuery(paths.api.users, { search, limit }))
    expect(status).toBe(200)
    return body.results.map(({ username }: { username: string }) => username)
  }

  test('nobody is listed, and a person is found by the whole username only', async () => {
    expect(await find(ada)).toEqual([])
    for (const search of [
      'b',
      'bo',
      'robert',
      'brown',
      'bob brown',
      'bob_',
      'bob%',
      'grace',
      '@',
      '%',
      'bob\\',
    ])
      expect([search, await find(ada, search)]).toEqual([search, []])
    for (const search of ['bob', 'BOB', ' bob ', '@bob', '@Bob'])
      expect(await find(ada, search)).toEqual(['bob'])
    expect(await find(ada, 'grace.h')).toEqual(['grace.h'])
    expect(await find(ada, 'ada')).toEqual([])
    expect((await ada.get(paths.api.user('bob'))).body.displayName).toBe('Robert Brown')
  })

  test('the cursor and the search words reveal nothing about others', async () => {
    const { body } = await ada.get(withQuery(paths.api.users, { search: 'brown zzz', limit: 1 }))
    expect(body).toEqual({ results: [], next: null })
  })

  test('people with a conversation or an invite stay listed, and are found by any word', async () => {
    await ada.say(bob, 'Hello')
    await grace.say(ada, 'Hello')
    expect(await find(ada)).toEqual(['bob', 'grace.h'])
    expect(await find(bob)).toEqual(['ada'])
    expect(await find(ada, 'brown')).toEqual(['bob', 'grace.h'])
    expect(await find(ada, 'bob')).toEqual(['bob'])
    expect(await find(ada, 'bobby')).toEqual(['bobby'])
    const first = await ada.get(withQuery(paths.api.users, { search: 'brown', limit: 1 }))
    const second = await ada.get(withQuery(paths.api.users, { search: 'brown', cursor: first.body.next }))
    expect([first, second].map(({ body }) => body.results[0].username)).toEqual(['bob', 'grace.h'])

    const root = await newAdmin(chat, 'root')
    const { link } = (await root.post(paths.api.invites, {})).body
    const invite = new URL(link).searchParams.get('token')!
    const joined = await chat.stranger().signUp('joined', { invite } as object)
    expect([await find(root), await find(joined)]).toEqual([['joined'], ['root']])
    expect((await root.get(adminPaths.api.users)).body.results.length).toBeGreaterThan(4)
    expect((await root.get(adminPaths.api.overview)).body.directory).toBe('exact')
  })

  test('the pages find the same people, and say how to search', async () => {
    const zoe = await chat.signUp('zoe')
    const browser = await openSignedIn(chat, zoe.username)
    expect(browser.texts('#people .list-empty')[0]).toContain("Enter someone's whole username")
    await browser.submit('form.search', { search: 'brown' })
    expect(browser.texts('#people .row')).toEqual([])
    expect(browser.texts('#people .list-empty')[0]).toContain('Enter the whole username.')
    await browser.submit('form.search', { search: '@bob' })
    expect(browser.texts('#people .row-line')).toEqual(['@bob'])
    const fragment = await zoe.fetch(withQuery(paths.people, { search: 'brown' }), {
      headers: { 'hx-request': 'true' },
    })
    expect(await fragment.text()).not.toContain('@bob')
  })
})
