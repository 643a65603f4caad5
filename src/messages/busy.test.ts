import { expect, test } from 'bun:test'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { openChat, sqlite } from '../../test/support/chat.ts'
import { paths } from '../../web/paths.ts'

test('a send gets 503 while another process locks the database, and is stored once when repeated', async () => {
  const chat = await openChat(sqlite)
  const ada = await chat.signUp('ada')
  const bob = await chat.signUp('bob')
  const send = () => ada.post(paths.api.messages('bob'), { body: 'now?', clientId: 'one' })

  const other = new DatabaseSync(join(chat.deps.config.dataDir, 'chatapp.sqlite'))
  other.exec('begin immediate')
  const { status, headers } = await send()
  expect([status, headers.get('retry-after')]).toEqual([503, '1'])
  other.exec('rollback')
  other.close()

  expect((await send()).status).toBe(201)
  expect((await bob.get(paths.api.messages('ada'))).body.results).toHaveLength(1)
  await chat.close()
})
