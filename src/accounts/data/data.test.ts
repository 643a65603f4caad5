import { afterAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { openBrowser, openSignedIn } from '../../../test/support/browser.ts'
import { backends, openChat } from '../../../test/support/chat.ts'
import { nextSignOut } from '../../../test/support/events.ts'
import { lastMailTo } from '../../../test/support/mail.ts'
import { PASSWORD, type Person } from '../../../test/support/person.ts'
import { png } from '../../../test/support/pictures.ts'
import { paths, withQuery } from '../../../web/paths.ts'
import { ConversationEntity } from '../../conversations/entity.ts'
import { sha256 } from '../../database/hash.ts'
import { transaction } from '../../database/orm.ts'
import { JobEntity } from '../../jobs/entity.ts'
import { MessageEntity } from '../../messages/entity.ts'
import { BlockEntity } from '../../moderation/entity.ts'
import { InvitedUserEntity, InviteEntity } from '../invites/entity.ts'
import { IdentityEntity } from '../openid/entity.ts'
import { PasskeyEntity } from '../passkeys/entity.ts'
import { AvatarEntity } from '../profile/entity.ts'
import { changeSettings } from '../profile/settings.ts'
import { SessionEntity } from '../sessions/entity.ts'
import { ChallengeEntity } from '../sign-in/entity.ts'
import { RecoveryCodeEntity, TotpEntity } from '../two-factor/entity.ts'
import { AccountLinkEntity, NameWordEntity, UserEntity } from '../users/entity.ts'
import { notifyAccountOwner } from '../users/notify-owner.ts'
import { createUser } from '../users/service.ts'
import { deleteAccount } from './deletion.ts'

// Hashing passwords is slow on a busy machine.
setDefaultTimeout(180_000)

describe.each(backends)('a data export, on $name,', async (backend) => {
  const chat = await openChat(backend)
  afterAll(() => chat.close())
  const ada = await chat.signUp('ada', { displayName: 'Ada <b>' })
  const [bob, eve] = [await chat.signUp('bob'), await chat.signUp('eve')]
  const { id } = await bob.say(ada, 'an <i>insult</i>')
  await ada.say(bob, 'first line\nsecond line')
  await ada.say(ada, 'a note')
  await bob.say(eve, 'not for ada')
  await eve.say(ada, 'hello')
  await ada.post(paths.api.reports(id), { reason: 'It hurts.' })
  await ada.put(paths.api.block('eve'), undefined)
  const { token } = (await ada.post(paths.api.tokens, { name: 'robot', days: 1, password: PASSWORD })).body

  test('is a JSON document with both sides of each conversation, without secrets and without data of others', async () => {
    const { status, headers, body } = await ada.get(paths.api.export)
    expect([status, headers.get('content-type')]).toEqual([200, 'application/json'])
    expect(body).toMatchObject({
      account: { username: 'ada', displayName: 'Ada <b>', email: null, role: 'user', avatar: null },
      sessions: [{ current: true }],
      tokens: [{ name: 'robot' }],
      blocked: [{ username: 'eve', displayName: 'eve' }],
      reports: [{ message: id, reason: 'It hurts.' }],
    })
    const said = body.conversations.map(
      ({ with: { username }, messages }: { with: { username: string }; messages: { body: string }[] }) =>
        [username, ...messages.map(({ body }) => body)] as const,
    )
    expect(said).toEqual([
      ['bob', 'an <i>insult</i>', 'first line\nsecond line'],
      ['ada', 'a note'],
      ['eve', 'hello'],
    ])
    const text = JSON.stringify(body)
    for (const secret of ['not for ada', token, 'passwordHash', 'secretHash', '$argon2'])
      expect(text).not.toContain(secret)
  })

  test('is also an HTML page without scripts and external resources', async () => {
    const response = await ada.fetch(paths.exportHtml)
    expect(response.headers.get('content-disposition')).toBe('attachment')
    const html = await response.text()
    expect(html).toStartWith('<!doctype html><html lang="en">')
    expect(html).toEndWith('</body></html>\n')
    expect(html).toContain('Ada &lt;b>')
    expect(html).toContain('first line<br/>second line')
    expect(html).not.toMatch(/<i>insult|<script|style=|url\(|@import|src="(?!data:)|not for ada/)
    expect(html.match(/<style/g)).toHaveLength(1)
    expect(html).toContain(`content="default-src 'none'; img-src data:; style-src 'unsafe-inline'"`)
    const json = await ada.fetch(paths.exportJson)
    expect(json.headers.get('content-disposition')).toBe('attachment')
    expect(await json.json()).toMatchObject({ account: { username: 'ada' } })
  })

  test('requires a session, and is limited to five an hour', async () => {
    for (const path of [paths.api.export, paths.exportHtml, paths.exportJson])
      expect([303, 401]).toContain((await chat.stranger().fetch(path)).status)
    expect(JSON.stringify((await eve.get(paths.api.export)).body)).not.toContain('insult')
    for (let n = 0; n < 4; n++) await (await eve.fetch(paths.exportJson)).text()
    expect((await eve.get(paths.api.export)).status).toBe(429)
  })

  test('does not count when the server failed', async () => {
    const fred = await chat.signUp('fred')
    const execute = (sql: string) => chat.deps.orm.em.fork().execute(sql)
    await execute('alter table avatar rename to avatar_away')
    try {
      for (let n = 0; n < 6; n++) expect((await fred.get(paths.api.export)).status).toBe(500)
    } finally {
      await execute('alter table avatar_away rename to avatar')
    }
    for (let n = 0; n < 5; n++) expect((await fred.get(paths.api.export)).status).toBe(200)
    expect((await fred.get(paths.api.export)).status).toBe(429)
  })

  test('runs once at a time for each user, from the request until it is read, cancelled or abandoned', async () => {
    const dora = await chat.signUp('dora')
    const { id } = await chat.deps.orm.em.fork().findOneOrFail(UserEntity, { handle: 'dora' })
    const start = async (init?: RequestInit) => {
      // Only concurrency is tested here.
      await chat.deps.limits.clear('export', String(id))
      return dora.fetch(paths.api.export, init)
    }
    const both = await Promise.all([start(), start()])
    expect(both.map(({ status }) => status).sort()).toEqual([200, 429])
    expect((await start({ method: 'HEAD' })).status).toBe(429)
    expect((await ada.get(paths.api.export)).status).toBe(200)
    await both.find(({ status }) => status === 200)!.text()
    // A response to HEAD is not read.
    for (let n = 0; n < 2; n++) expect((await start({ method: 'HEAD' })).status).toBe(200)
    await (await start()).body!.cancel()
    const client = new AbortController()
    expect((await start({ signal: client.signal })).status).toBe(200)
    client.abort()
    expect(await (await start()).json()).toMatchObject({ account: { username: 'dora' } })
  })

  test('streams a long conversation page by page, complete and in order, until its session ends', async () => {
    const carol = await chat.signUp('carol')
    const said = await carol.say(bob, 'message 1')
    const em = chat.deps.orm.em.fork()
    const { conversation, sender } = await em.findOneOrFail(MessageEntity, {
      conversation: Number(said.id.split('-')[0]),
      seq: 1,
    })
    const MANY = 1234
    const rows = Array.from({ length: MANY - 1 }, (_, n) => ({
      conversation: conversation.id,
      sender: sender.id,
      seq: n + 2,
      version: n + 2,
      body: `message ${n + 2}`,
      bodyHash: sha256(`message ${n + 2}`),
      createdAt: new Date(),
    }))
    for (let at = 0; at < rows.length; at += 200) await em.insertMany(MessageEntity, rows.slice(at, at + 200))
    await em.execute('update conversation set last_seq = ?, version = ? where id = ?', [
      MANY,
      MANY,
      conversation.id,
    ])
    const { conversations } = (await carol.get(paths.api.export)).body
    expect(conversations[0].messages.map(({ seq }: { seq: number }) => seq)).toEqual(
      Array.from({ length: MANY }, (_, n) => n + 1),
    )

    // Signed out during the download, which ends before the messages.
    await chat.deps.limits.clear('export', String(sender.id))
    for (const path of [paths.api.export, paths.exportJson, paths.exportHtml]) {
      const phone = chat.stranger()
      await phone.signIn('carol')
      const reader = (await phone.fetch(path)).body!.getReader()
      await reader.read()
      await phone.delete(paths.api.session)
      await carol.say(bob, 'written afterwards')
      const rest = (async () => {
        let text = ''
        for (;;) {
          const { done, value } = await reader.read()
          if (done) return text
          text += new TextDecoder().decode(value)
        }
      })()
      await expect(rest).rejects.toThrow()
    }
  })
})

describe.each(backends)('a deleted account, on $name,', async (backend) => {
  const chat = await openChat(backend)
  afterAll(() => chat.close())
  const em = () => chat.deps.orm.em.fork()
  const remove = (person: Person, body: object = { password: PASSWORD }) =>
    person.post(paths.api.accountDeletion, body)
  const idOf = async (handle: string) => (await em().findOneOrFail(UserEntity, { handle })).id
  const email = 'grace@deletion.example'
  const grace = await chat.signUp('Grace', { displayName: 'Grace Hopper', email })
  const [bob, eve] = [await chat.signUp('bob'), await chat.signUp('eve')]
  await grace.post(paths.api.emailVerification, {
    token: (await lastMailTo(chat, email)).link.searchParams.get('token'),
  })
  await grace.say(bob, 'keep this')
  await bob.say(grace, 'I do')
  await grace.say(grace, 'my secret note')
  await grace.put(paths.api.block('eve'), undefined)
  await eve.put(paths.api.block('grace'), undefined)
  const script = Object.assign(chat.stranger(), {
    token: (await grace.post(paths.api.tokens, { name: 'robot', days: 1, password: PASSWORD })).body.token,
  })
  await grace.fetch(paths.api.avatar, {
    method: 'PUT',
    headers: { 'content-type': 'image/png' },
    body: png(20, 20),
  })
  const id = await idOf('grace')
  const stump = `deleted-${id}`
  const conversation = (await bob.get(paths.api.conversation('grace'))).body.id

  test('is not deleted without its password, by other users or by other sites', async () => {
    expect((await remove(grace, { password: 'guessed' })).body.errors[0].code).toBe('password_wrong')
    expect((await remove(grace, {})).status).toBe(422)
    expect((await remove(grace, { password: PASSWORD, username: 'bob' })).status).toBe(422)
    expect((await remove(chat.stranger())).status).toBe(401)
    const foreign = await grace.fetch(paths.api.accountDeletion, {
      method: 'POST',
      headers: { origin: 'https://evil.example', 'content-type': 'application/json' },
      body: JSON.stringify({ password: PASSWORD }),
    })
    expect(foreign.status).toBe(403)
    expect((await grace.get(paths.api.session)).status).toBe(200)
  })

  test('has a conversation with a stable ID', async () => {
    expect((await bob.get(paths.api.conversation('grace'))).body).toMatchObject({
      id: conversation,
      with: 'Grace',
      person: { username: 'Grace', deleted: false },
      version: 2,
    })
  })

  const events = await bob.events()
  /** The next event of this type. */
  const nextOf = async (type: string) => {
    let event = await events.next()
    while (event.type !== type) event = await events.next()
    return event
  }

  test('loses its sessions, API tokens and live connections', async () => {
    const other = chat.stranger()
    await other.signIn('grace')
    const streams = await Promise.all([grace.events(), other.events(), script.events()])
    const signedOut = await nextSignOut(chat, grace)
    const { status, headers } = await remove(grace)
    expect(status).toBe(204)
    expect(headers.get('set-cookie')).toContain('chatapp-session-3000=;')
    await Promise.all([signedOut(), ...streams.map(({ ended }) => ended())])
    for (const person of [grace, other, script])
      expect((await person.get(paths.api.session)).status).toBe(401)
    expect((await chat.stranger().signIn('grace')).status).toBe(401)
    for (const password of [PASSWORD, ''])
      expect((await chat.stranger().signIn(stump, password)).status).toBe(401)
  })

  test('leaves no personal data', async () => {
    const user = await em().findOneOrFail(UserEntity, id)
    expect(user).toMatchObject({ username: stump, email: null, passwordHash: '', role: 'user', avatar: null })
    expect(user.disabledAt).not.toBeNull()
    for (const table of [NameWordEntity, SessionEntity, AvatarEntity] as never[])
      expect(await em().count(table, { user: id })).toBe(0)
    expect(await em().count(BlockEntity)).toBe(0)
    const text = JSON.stringify([await em().find(MessageEntity, {}), await em().find(UserEntity, {})])
    expect(text).not.toMatch(/my secret note|grace/i)
  })

  test('cannot be found or messaged, and its username cannot be reused', async () => {
    expect((await bob.get(paths.api.user('grace'))).status).toBe(404)
    expect((await bob.get(paths.api.user(stump))).status).toBe(404)
    for (const search of ['grace', 'hopper', 'deleted', 'account'])
      expect((await bob.get(withQuery(paths.api.users, { search }))).body.results).toEqual([])
    expect((await bob.get(paths.api.avatarOf('grace'))).status).toBe(404)
    expect((await bob.get(paths.api.avatarOf(stump))).status).toBe(404)
    for (const username of ['grace', 'GRACE', stump, 'Deleted-99999']) {
      const { status, body } = await chat.stranger().post(paths.api.users, { username, password: PASSWORD })
      expect([status, body.errors?.[0].code]).toEqual([422, 'taken'])
    }
  })

  test('stays in conversations without a name, and cannot be messaged', async () => {
    const { results } = (await bob.get(paths.api.conversations)).body
    expect(results).toMatchObject([{ with: stump, lastMessage: { sender: 'bob', recipient: stump } }])
    const said = (await bob.get(paths.api.messages(stump))).body.results
    expect(said).toMatchObject([
      { sender: stump, body: 'keep this' },
      { sender: 'bob', body: 'I do' },
    ])
    expect((await bob.post(paths.api.messages(stump), { body: 'hello?' })).status).toBe(403)
    expect((await eve.get(paths.api.messages(stump))).status).toBe(404)
  })

  test('announces its deletion to the other people, as a version of the conversation', async () => {
    await chat.jobs.idle()
    const hint = { type: 'conversation', id: conversation, with: stump, version: 3 } as const
    expect(await nextOf('conversation')).toEqual(hint)
    expect((await bob.get(`${paths.api.changes(stump)}?since=2`)).body).toEqual({
      person: { username: stump, displayName: 'Deleted account', avatar: null, deleted: true },
      results: [],
      version: 3,
      more: false,
    })
  })

  test('is found under its former username by the people of its conversations only', async () => {
    for (const name of ['grace', 'GRACE']) {
      expect((await bob.get(paths.api.conversation(name))).body).toEqual(
        (await bob.get(paths.api.conversations)).body.results[0],
      )
      expect((await bob.get(paths.api.messages(name))).body.results).toHaveLength(2)
      expect((await bob.get(`${paths.api.changes(name)}?since=0`)).body.person.username).toBe(stump)
      expect((await bob.post(paths.api.messages(name), { body: 'hello?' })).status).toBe(403)
      const page = await bob.fetch(paths.chat(name), { redirect: 'manual' })
      expect([page.status, page.headers.get('location')]).toEqual([303, paths.chat(stump)])
      expect((await eve.get(paths.api.messages(name))).status).toBe(404)
      expect((await eve.get(paths.api.conversation(name))).status).toBe(404)
    }
  })

  test('is shown as deleted on pages, in the language of the viewer', async () => {
    for (const [language, name, words] of [
      ['en', 'Deleted account', 'This account was deleted.'],
      ['zh', '已注销的账号', '对方已注销账号，'],
    ] as const) {
      const browser = await openSignedIn(chat, 'bob', { 'accept-language': language })
      expect(browser.texts('#conversations .row-name')).toEqual([name])
      await browser.visit(paths.chat(stump))
      expect(browser.texts('.conversation-header h1')).toEqual([name])
      expect(browser.texts('.closed')[0]).toStartWith(words)
      expect(browser.document.querySelector('.composer')).toBeNull()
      expect(browser.texts('#menu button')).toEqual([])
      expect(browser.html).not.toMatch(/grace/i)
    }
  })

  test('cannot be that of the only administrator', async () => {
    await createUser(chat.deps, { username: 'rosa', password: PASSWORD, role: 'admin' })
    const root = chat.stranger()
    await root.signIn('rosa')
    const { status, body } = await remove(root)
    expect([status, body.errors[0].code]).toEqual([409, 'last_admin'])
    expect((await root.get(paths.api.session)).status).toBe(200)
    await createUser(chat.deps, { username: 'second', password: PASSWORD, role: 'admin' })
    const second = chat.stranger()
    await second.signIn('second')
    const both = await Promise.all([remove(root), remove(second)])
    expect(both.map(({ status }) => status).sort()).toEqual([204, 409])
    expect(await em().count(UserEntity, { role: 'admin', disabledAt: null })).toBe(1)
  })

  describe('with pending jobs', () => {
    const address = 'paul@deletion.example'
    const pending = () =>
      em().find(JobEntity, { kind: { $nin: ['purge', 'deleted-account'] } }, { orderBy: { id: 'asc' } })
    const summary = async () =>
      (await pending()).map(({ kind, payload }) => [kind, JSON.parse(payload).about])

    test('loses its mails and its requests for them, while those of others stay', async () => {
      const [paul, quinn] = [await chat.signUp('paul'), await chat.signUp('quinn')]
      await em().nativeUpdate(UserEntity, { handle: 'paul' }, { email: address })
      await em().nativeUpdate(UserEntity, { handle: 'quinn' }, { email: 'quinn@deletion.example' })
      await chat.jobs.close()
      const newPassword = 'the long way home'
      for (const person of [paul, quinn])
        await person.put(paths.api.password, { password: PASSWORD, newPassword })
      await paul.put(paths.api.email, { email: 'new@deletion.example', password: newPassword })
      for (const email of [address, 'quinn@deletion.example'])
        await chat.stranger().post(paths.api.passwordResets, { email })
      expect(await summary()).toEqual([
        ['mail', 'passwordChanged'],
        ['mail', 'passwordChanged'],
        ['email-verification', undefined],
        ['password-reset-request', undefined],
        ['password-reset-request', undefined],
      ])

      expect((await remove(paul, { password: newPassword })).status).toBe(204)
      expect(JSON.stringify(await pending())).not.toMatch(/paul|new@deletion/)
      expect(await summary()).toEqual([
        ['mail', 'passwordChanged'],
        ['password-reset-request', undefined],
      ])
    })

    test('gets no mail that a concurrent change stores', async () => {
      const rob = await chat.signUp('rob')
      const user = await em().findOneOrFail(UserEntity, { handle: 'rob' })
      const notify = () =>
        transaction(chat.deps, (em) =>
          notifyAccountOwner(
            em,
            { ...user, email: 'rob@x.example' },
            { about: 'twoFactorOff', language: 'en' },
          ),
        )
      await Promise.all([notify(), remove(rob), notify()])
      await notify()
      expect(JSON.stringify(await pending())).not.toContain('rob')
    })
  })

  test('stays deleted when its settings are changed concurrently', async () => {
    const wanted = { displayName: 'Still Here', language: 'zh', theme: null, zone: null }
    for (let n = 0; n < 5; n++) {
      const person = await chat.signUp(`fast${n}`)
      const gone = await idOf(person.username)
      await Promise.all([
        ...Array.from({ length: 3 }, () => changeSettings(chat.deps, gone, wanted).catch(() => {})),
        deleteAccount(chat.deps, gone),
        ...Array.from({ length: 3 }, () => changeSettings(chat.deps, gone, wanted).catch(() => {})),
      ])
      expect(await em().findOneOrFail(UserEntity, gone)).toMatchObject({
        displayName: 'Deleted account',
        language: null,
      })
      expect(await em().count(NameWordEntity, { user: gone })).toBe(0)
    }
  })

  test('loses all its notes, even many', async () => {
    const ivy = await chat.signUp('ivy')
    await ivy.say(ivy, 'note 1')
    const user = await idOf('ivy')
    const { id: conversation } = await em().findOneOrFail(ConversationEntity, { low: user, high: user })
    const at = { version: 1, createdAt: new Date(), editedAt: null, deletedAt: null }
    const notes = Array.from({ length: 1200 }, (_, n) => ({ ...at, seq: n + 2, version: n + 2 }))
    const row = { conversation, sender: user, clientId: null, body: 'a note', bodyHash: sha256('a note') }
    await em().insertMany(
      MessageEntity,
      notes.map((note) => ({ ...note, ...row })),
    )
    await em().nativeUpdate(ConversationEntity, { id: conversation }, { lastSeq: 1201, version: 1201 })
    await deleteAccount(chat.deps, user)
    expect(await em().count(MessageEntity, { conversation })).toBe(0)
    // A note that is still waiting to be stored finds no conversation.
    expect(await em().count(ConversationEntity, { id: conversation })).toBe(0)
  })

  test('takes all rows that refer to it, except for its conversations with others and its reports', async () => {
    const [zoe, bea] = [await chat.signUp('zoe'), await chat.signUp('bea')]
    const [user, other] = [await idOf('zoe'), await idOf('bea')]
    await zoe.say(zoe, 'a note')
    await zoe.say(bea, 'before')
    const { id } = await bea.say(zoe, 'an insult')
    await zoe.post(paths.api.reports(id), { reason: 'rude' })
    const later = new Date(Date.now() + 60_000)
    const at = { createdAt: new Date(), expiresAt: later }
    const hash = () => sha256(crypto.randomUUID())
    const rows = [
      [AvatarEntity, { user, image: png(1, 1) }],
      [AccountLinkEntity, { user, purpose: 'reset', tokenHash: hash(), email: null, expiresAt: later }],
      [ChallengeEntity, { hash: hash(), purpose: 'code', user, expiresAt: later }],
      [
        PasskeyEntity,
        {
          ...{ user, credentialId: hash(), publicKey: png(1, 1), counter: 0, name: 'key' },
          ...{ createdAt: at.createdAt, usedAt: null },
        },
      ],
      [TotpEntity, { user, secret: 'x', createdAt: at.createdAt, confirmedAt: null, lastStep: 0 }],
      [RecoveryCodeEntity, { user, codeHash: hash() }],
      [IdentityEntity, { issuer: 'https://id.example', subject: 'zoe', user, createdAt: at.createdAt }],
      [InviteEntity, { creator: user, tokenHash: hash(), name: null, uses: 1, used: 0, ...at }],
      [InvitedUserEntity, { user, inviter: other }],
      [InvitedUserEntity, { user: other, inviter: user }],
      [BlockEntity, { blocker: user, blocked: other, createdAt: at.createdAt }],
      [BlockEntity, { blocker: other, blocked: user, createdAt: at.createdAt }],
      [JobEntity, { kind: 'mail', uniqueKey: null, user, payload: '{}', dueAt: later, runAt: later }],
    ] as const
    for (const [entity, row] of rows) await em().insert(entity as never, row as never)

    const before = await referencesTo(user)
    // Fails for a new table without a row above.
    expect(Object.entries(before).filter(([, count]) => count === 0)).toEqual([])
    await deleteAccount(chat.deps, user)
    const after = await referencesTo(user)
    expect(Object.entries(after).filter(([, count]) => count > 0)).toEqual([
      ['conversation.low_id', 1],
      ['member.user_id', 1],
      ['report.reporter_id', 1],
    ])
    expect(before['conversation.low_id']).toBe(2)
  })

  /** How many rows refer to a user, by table and column of each foreign key. */
  async function referencesTo(user: number): Promise<Record<string, number>> {
    const counts: Record<string, number> = {}
    for (const { tableName, relations } of chat.deps.orm.getMetadata().getAll().values()) {
      for (const { targetMeta, fieldNames, createForeignKeyConstraint } of relations) {
        if (targetMeta?.tableName !== 'user' || createForeignKeyConstraint === false) continue
        const query = `select count(*) as n from ${tableName} where ${fieldNames[0]} = ?`
        const [row] = await em().execute<{ n: number }[]>(query, [user])
        counts[`${tableName}.${fieldNames[0]}`] = Number(row!.n)
      }
    }
    return Object.fromEntries(Object.entries(counts).toSorted())
  }

  test('can be deleted without JavaScript, by a form that asks for the password', async () => {
    await chat.signUp('henry')
    const browser = await openSignedIn(chat, 'henry')
    await browser.visit(paths.ownData)
    await browser.submit(`form[action="${paths.deleteAccount}"]`, { password: 'guessed' })
    expect([browser.status, browser.texts('.field-error')]).toEqual([
      422,
      ["That's not your current password."],
    ])
    await browser.submit(`form[action="${paths.deleteAccount}"]`, { password: PASSWORD })
    expect([browser.path, browser.texts('.saved')]).toEqual([
      `${paths.signIn}?deleted=1`,
      ['Your account was deleted.'],
    ])
    expect(browser.cookies.has('chatapp-session-3000')).toBe(false)
    expect((await openBrowser(chat).visit(paths.ownData)).path).toStartWith(paths.signIn)
  })
})
