import { afterAll, expect, test } from 'bun:test'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { newAdmin } from '../../test/support/admin.ts'
import { openChat, sqlite } from '../../test/support/chat.ts'
import { PASSWORD } from '../../test/support/person.ts'
import { adminPaths } from '../../web/admin/paths.ts'
import { paths } from '../../web/paths.ts'

const chat = await openChat(sqlite)
afterAll(() => chat.close())
const [ada, bob, root] = [await chat.signUp('ada'), await chat.signUp('bob'), await newAdmin(chat, 'root')]

/** The names of SQLite's files that contain the text. */
const filesWith = (text: string) =>
  ['chatapp.sqlite', 'chatapp.sqlite-wal'].filter((name) => {
    const file = join(chat.env.DATA_DIR!, name)
    return existsSync(file) && readFileSync(file).includes(text)
  })

test('a deleted message is in no file of the database', async () => {
  const secret = 'a message to be deleted'
  const { id } = await ada.say(bob, secret)
  expect(filesWith(secret)).not.toEqual([])
  await bob.post(paths.api.reports(id), { reason: 'It is an insult.' })
  const [report] = (await root.get(adminPaths.api.reports)).body.results
  const { status } = await root.post(adminPaths.api.decision(report.id), { outcome: 'deleted' })
  expect([status, filesWith(secret)]).toEqual([200, []])
})

test('a deleted account leaves its notes, name and address in no file of the database', async () => {
  const carol = await chat.signUp('carol', { displayName: 'Carolina Secreta', email: 'secreta@example.org' })
  await carol.say(carol, 'a note to be deleted')
  await chat.jobs.idle()
  expect((await carol.post(paths.api.accountDeletion, { password: PASSWORD })).status).toBe(204)
  for (const text of ['a note to be deleted', 'Carolina Secreta', 'secreta@example.org'])
    expect([text, filesWith(text)]).toEqual([text, []])
})
