import { afterAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { newAdmin, setRole } from '../../test/support/admin.ts'
import { backends, openChat } from '../../test/support/chat.ts'
import { readDocument } from '../../test/support/openapi-document.ts'
import { PASSWORD, type Person } from '../../test/support/person.ts'
import { adminPaths } from '../../web/admin/paths.ts'
import { paths } from '../../web/paths.ts'

// Hashing passwords is slow on a busy machine.
setDefaultTimeout(180_000)

describe.each(backends)('the administration, on $name,', async (backend) => {
  const chat = await openChat(backend, { env: { ADMIN_READS_MESSAGES: 'on' } })
  const off = await openChat(backend)
  afterAll(async () => {
    await chat.close()
    await off.close()
  })
  const root = await newAdmin(chat, 'root')
  const ada = await chat.signUp('ada')
  const script = chat.stranger()
  script.token = (
    await root.post(paths.api.tokens, { name: 'robot', days: 1, password: PASSWORD })
  ).body.token
  const demoted = await newAdmin(chat, 'demoted')
  expect((await demoted.get(adminPaths.api.overview)).status).toBe(200)
  await setRole(chat, 'demoted', 'user')

  const operations = (await readDocument(chat)).operations.filter(({ path }) => path.includes('/admin/'))
  const pages = chat.app.routes.filter(({ path }) => path.startsWith('/admin'))
  const rows = () => chat.deps.orm.em.fork().execute('select * from audit')
  const send = (person: Person, { method, path }: { method: string; path: string }) =>
    person.fetch(path.replace(/\{username\}|:username/, 'ada').replace(/\{id\}|:id/, '1'), {
      method,
      redirect: 'manual',
      headers: { accept: 'text/html', ...(method !== 'GET' && { 'content-type': 'application/json' }) },
      ...(method !== 'GET' && { body: '{}' }),
    })

  test('records nothing and counts no export for links from other sites', async () => {
    await ada.say(demoted, 'hello')
    await demoted.post(paths.api.reports('1-1'), { reason: 'spam' })
    const { id } = (await root.get(adminPaths.api.reports)).body.results[0]
    const reads = [
      `${adminPaths.messages}?go=1&text=hello`,
      adminPaths.message('1-1'),
      adminPaths.report(id),
      adminPaths.api.messages,
      adminPaths.api.message('1-1'),
      `${adminPaths.api.reports}/${id}`,
      paths.exportHtml,
      paths.exportJson,
      paths.api.export,
    ]
    const open = (path: string, site?: string) =>
      root.fetch(path, {
        headers: { authorization: `Bearer ${root.token}`, ...(site && { 'sec-fetch-site': site }) },
      })
    const before = (await rows()).length
    for (const site of ['cross-site', 'same-site', 'cross-site'])
      for (const path of reads) expect([path, (await open(path, site)).status]).toEqual([path, 403])
    expect((await rows()).length).toBe(before)
    for (const path of reads) {
      const site = path.includes('export') ? undefined : 'none'
      const response = await open(path, site)
      expect([path, response.status]).toEqual([path, 200])
      await response.body?.cancel()
    }
    expect((await rows()).length).toBe(before + 6)
    expect((await open(adminPaths.message('1-1'), 'same-origin')).status).toBe(200)
    const page = await root.fetch(adminPaths.message('1-1'), {
      headers: { authorization: `Bearer ${root.token}`, 'sec-fetch-site': 'cross-site', accept: 'text/html' },
    })
    expect(await page.text()).toContain('It came from another site')
  })

  test('has 19 operations and 19 pages', () => {
    expect([operations.length, pages.length]).toEqual([19, 19])
  })

  test('is closed to users, scripts and former administrators', async () => {
    const before = await rows()
    for (const operation of operations) {
      expect([operation.operationId, (await send(chat.stranger(), operation)).status]).toEqual([
        operation.operationId,
        401,
      ])
      for (const person of [ada, script, demoted])
        expect([operation.operationId, (await send(person, operation)).status]).toEqual([
          operation.operationId,
          403,
        ])
    }
    for (const one of pages) {
      const { status, headers } = await send(chat.stranger(), one)
      expect([one.path, status, headers.get('location')]).toEqual([
        one.path,
        303,
        expect.stringMatching(/^\/sign-in/),
      ])
      for (const person of [ada, script, demoted])
        expect([one.path, (await send(person, one)).status]).toEqual([one.path, 403])
    }
    expect(await rows()).toEqual(before)
    expect((await ada.get(paths.api.session)).status).toBe(200)
  })

  test('cannot read messages unless the operator enables it', async () => {
    const admin = await newAdmin(off, 'root')
    for (const path of [
      adminPaths.messages,
      adminPaths.message('1-1'),
      adminPaths.api.messages,
      adminPaths.api.message('1-1'),
    ]) {
      for (const person of [admin, off.stranger()]) expect((await person.fetch(path)).status).toBe(404)
    }
    const { operations } = await readDocument(off)
    expect(operations.filter(({ operationId }) => /admin(Search|Read)Message/.test(operationId))).toEqual([])
    expect(await (await admin.fetch(paths.admin)).text()).not.toContain(adminPaths.messages)
  })

  test('is announced at sign-up and in the settings when it can read messages', async () => {
    const notice = 'can search and read all messages'
    expect(await (await ada.fetch(paths.settings)).text()).toContain(notice)
    expect(await (await chat.stranger().fetch(paths.signUp)).text()).toContain(notice)
    const bob = await off.signUp('bob')
    expect(await (await bob.fetch(paths.settings)).text()).not.toContain(notice)
    expect(await (await off.stranger().fetch(paths.signUp)).text()).not.toContain(notice)
  })

  test('is linked in the header for administrators only', async () => {
    expect(await (await root.fetch(paths.home)).text()).toContain(`href="${paths.admin}"`)
    expect(await (await ada.fetch(paths.home)).text()).not.toContain(`href="${paths.admin}"`)
  })
})
