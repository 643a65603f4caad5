import { afterAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { paths } from '../../web/paths.ts'
import { backends, dropDatabase } from '../support/chat.ts'
import { openDeno } from '../support/deno.ts'

// Long enough to catch only a hang.
setDefaultTimeout(180_000)

describe('on another web-standard runtime', async () => {
  const chat = await openDeno()
  afterAll(() => chat.close())
  const ada = await chat.signUp('ada')
  const bob = await chat.signUp('bob')

  test('a message reaches both people over event streams', async () => {
    const [hers, his] = [await ada.events(), await bob.events()]
    const { id, seq, version } = await ada.say(bob, 'over here')
    expect(await hers.next('message')).toEqual({ type: 'message', id, with: 'bob', seq, version })
    expect(await his.next('message')).toEqual({ type: 'message', id, with: 'ada', seq, version })
    hers.leave()
    his.leave()
  })

  test('a sign-out ends the event streams of the session', async () => {
    const carol = await chat.signUp('carol')
    const stream = await carol.events()
    expect((await carol.delete(paths.api.session)).status).toBe(204)
    await stream.ended()
  })

  test('pages and API documentation are served', async () => {
    const signIn = await chat.stranger().fetch(paths.signIn, { headers: { accept: 'text/html' } })
    expect([signIn.status, await signIn.text()]).toEqual([200, expect.stringContaining('</html>')])
    expect((await chat.stranger().fetch(paths.docs)).status).toBe(200)
    expect((await chat.stranger().get(paths.openapi)).body.openapi).toStartWith('3.')
  })

  test('the health check reports up', async () => {
    expect((await chat.stranger().get(paths.ready)).body).toEqual({ status: 'up', down: [] })
  })
})

test.each(backends)('on SIGTERM, Deno closes open streams and ends, on $name', async ({ settings }) => {
  const env = settings()
  const chat = await openDeno(env)
  try {
    const ada = await chat.signUp('ada')
    const stream = await ada.events()
    const code = chat.terminate()
    await stream.ended()
    expect(await code).toBe(0)
  } finally {
    await chat.close()
    if (env.DATABASE_URL) await dropDatabase(env.DATABASE_URL)
  }
})
