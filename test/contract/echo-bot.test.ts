import { afterAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { paths, withQuery } from '../../web/paths.ts'
import { sqlite } from '../support/chat.ts'
import { PASSWORD, type Person } from '../support/person.ts'
import { startServer } from '../support/server.ts'

setDefaultTimeout(180_000)

const BOT = Bun.fileURLToPath(new URL('../../docs/echo-bot.js', import.meta.url))

describe('the bot of the guide', async () => {
  const server = await startServer(sqlite)
  afterAll(() => server.close())
  const [ada, echo] = [await server.signUp('ada'), await server.signUp('echo')]
  await ada.say(echo, 'before the bot')
  const { id, token } = (await echo.post(paths.api.tokens, { name: 'bot', days: 1, password: PASSWORD })).body
  const state = join(mkdtempSync(join(tmpdir(), 'chatapp-test-')), 'state.json')

  const start = async () => {
    const bot = Bun.spawn([process.execPath, BOT], {
      env: { ...process.env, CHATAPP_URL: server.origin, CHATAPP_TOKEN: token, STATE_FILE: state },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const { value } = await bot.stdout.getReader().read()
    expect(new TextDecoder().decode(value)).toBe('ready\n')
    return bot
  }
  const bodies = async (person: Person) => {
    const { results } = (await person.get(paths.api.messages('echo'))).body
    return results.map(({ sender, body }: { sender: string; body: string }) => `${sender}: ${body}`)
  }
  /** Says something and waits for the answer. */
  const ask = async (person: Person, body: string) => {
    const { version } = await person.say(echo, body)
    await answered(person, version)
  }
  const answered = async (person: Person, since: number) => {
    const events = await person.events()
    const isAnswered = async () =>
      (await person.get(withQuery(paths.api.changes('echo'), { since }))).body.results.length > 0
    while (!(await isAnswered())) await events.next()
    events.leave()
  }

  test('answers new messages, not the history, and continues after a restart', async () => {
    const first = await start()
    await ask(ada, 'one')
    expect(await bodies(ada)).toEqual(['ada: before the bot', 'ada: one', 'echo: one'])
    first.kill()
    await first.exited
    const { version } = await ada.say(echo, 'while it was away')
    const second = await start()
    await answered(ada, version)
    const bob = await server.signUp('bob')
    await ask(bob, 'a new conversation')
    expect((await bodies(ada)).slice(3)).toEqual(['ada: while it was away', 'echo: while it was away'])
    expect(await bodies(bob)).toEqual(['bob: a new conversation', 'echo: a new conversation'])
    expect((await echo.delete(paths.api.token(id))).status).toBe(204)
    expect(await second.exited).toBe(1)
    expect(await new Response(second.stderr).text()).toContain('Create a new API token')
  })
})
