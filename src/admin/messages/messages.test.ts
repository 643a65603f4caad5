import { afterAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { newAdmin } from '../../../test/support/admin.ts'
import { backends, openChat } from '../../../test/support/chat.ts'
import { adminPaths } from '../../../web/admin/paths.ts'
import { withQuery } from '../../../web/paths.ts'

// Hashing passwords is slow on a busy machine.
setDefaultTimeout(180_000)

describe.each(backends)('messages that administrators may read, on $name,', async (backend) => {
  const chat = await openChat(backend, { env: { ADMIN_READS_MESSAGES: 'on' } })
  afterAll(() => chat.close())
  const root = await newAdmin(chat, 'root')
  const [ada, bob, eve] = [await chat.signUp('ada'), await chat.signUp('bob'), await chat.signUp('eve')]
  await ada.say(bob, 'Lunch at noon?')
  await bob.say(ada, '100% sure_thing! Ä')
  const tomorrow = await ada.say(eve, 'lunch tomorrow')
  const note = await ada.say(ada, 'lunch notes')
  chat.advance(48 * 3600)
  const late = await eve.say(bob, '午饭 🍜')

  const search = (query: Record<string, string | number>) =>
    root.get(withQuery(adminPaths.api.messages, query))
  const bodies = async (query: Record<string, string | number>) =>
    (await search(query)).body.results.map(({ body }: { body: string }) => body)
  const last = async () => (await root.get(adminPaths.api.audit)).body.results[0]

  test('are found by text, author, recipient and day, without own notes', async () => {
    expect(await bodies({})).toEqual(['午饭 🍜', 'lunch tomorrow', '100% sure_thing! Ä', 'Lunch at noon?'])
    expect(await bodies({ text: 'lunch' })).toEqual(['lunch tomorrow', 'Lunch at noon?'])
    expect(await bodies({ text: '饭' })).toEqual(['午饭 🍜'])
    for (const text of ['100%', 'e_t', 'g!', 'Ä'])
      expect(await bodies({ text })).toEqual(['100% sure_thing! Ä'])
    for (const text of ['1%e', 'l_nch', "' or 1=1 --", '\\']) expect(await bodies({ text })).toEqual([])
    expect(await bodies({ author: 'ADA' })).toEqual(['lunch tomorrow', 'Lunch at noon?'])
    expect(await bodies({ recipient: 'bob' })).toEqual(['午饭 🍜', 'Lunch at noon?'])
    expect(await bodies({ author: 'ada', recipient: 'eve' })).toEqual(['lunch tomorrow'])
    expect(await bodies({ author: 'ada', recipient: 'ada' })).toEqual([])
    const between = new Date(Date.now() + 24 * 3_600_000).toISOString()
    expect(await bodies({ since: between })).toEqual(['午饭 🍜'])
    expect(await bodies({ until: between, text: 'LUNCH' })).toHaveLength(2)
    expect((await search({ author: 'nobody' })).body.errors[0]).toMatchObject({
      field: 'author',
      code: 'nobody',
    })
    for (const query of [{ since: 'x' }, { limit: 0 }, { text: 'x'.repeat(201) }])
      expect((await search(query)).status).toBe(422)
    for (const cursor of ['x', 'WzFd', 'Wy0xLDFd']) expect((await search({ cursor })).status).toBe(400)
  })

  test('are not searched for a text with a NUL character, in the API and on the page', async () => {
    for (const text of ['\0', 'lunch\0', 'lunch\0nothing']) {
      const { status, body } = await search({ text })
      expect([status, body.errors[0]]).toMatchObject([422, { field: 'text', code: 'text' }])
      const response = await root.fetch(withQuery(adminPaths.messages, { go: '1', text }))
      expect(response.status).toBe(422)
      expect(await response.text()).toContain("characters that can't be saved")
    }
  })

  test('are paged, each once', async () => {
    const found: string[] = []
    for (let cursor = '', pages = 0; cursor !== null; ) {
      const { body } = await search({ cursor, limit: 1 })
      found.push(...body.results.map(({ id }: { id: string }) => id))
      cursor = body.next
      expect(++pages).toBeLessThan(8)
    }
    expect(new Set(found).size).toBe(4)
    expect(found).toHaveLength(4)
  })

  test('are searched in bounded ranges, one after the other', async () => {
    // As after 25,000 messages, of which these remain.
    const { orm } = chat.deps
    await orm.em
      .fork()
      .execute('update message set seq = seq + 24998, version = version + 24998 where conversation_id = 1')
    await orm.em.fork().execute('update conversation set last_seq = 25000 where id = 1')
    const found: string[] = []
    let calls = 0
    for (let cursor = ''; cursor !== null; calls++) {
      const { body } = await search({ cursor, text: 'lunch' })
      found.push(...body.results.map(({ body }: { body: string }) => body))
      cursor = body.next
    }
    expect(found).toEqual(['lunch tomorrow', 'Lunch at noon?'])
    expect(calls).toBe(3)
  })

  test('are recorded in the audit log at every access, before they are returned', async () => {
    await search({ text: 'lunch', author: 'ada', recipient: 'eve' })
    expect(await last()).toMatchObject({
      actor: 'root',
      action: 'message.searched',
      target: null,
      detail: { text: 'lunch', author: 'ada', recipient: 'eve', shown: [tomorrow.id] },
      address: root.address,
    })
    // Also for a search without filters; IDs are grouped by conversation.
    await search({ limit: 4 })
    expect((await last()).detail).toEqual({ shown: [late.id, tomorrow.id, '1-25000,24999'] })
    const { body } = await root.get(adminPaths.api.message(late.id))
    expect(body.results).toEqual([late])
    expect(await last()).toMatchObject({
      action: 'message.read',
      target: { type: 'message', id: late.id },
      detail: { author: 'eve', recipient: 'bob' },
    })
    for (const id of [note.id, '99-1', '0-0', 'x', '1-1-1'])
      expect((await root.get(adminPaths.api.message(id))).status).toBe(404)
    await root.fetch(`${adminPaths.messages}?go=1&text=picnic`)
    expect(await last()).toMatchObject({ action: 'message.searched', detail: { text: 'picnic' } })
    await root.fetch(adminPaths.message(late.id))
    expect((await last()).action).toBe('message.read')
  })
})
