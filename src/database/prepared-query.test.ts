import { afterAll, describe, expect, test } from 'bun:test'
import { backends, openChat } from '../../test/support/chat.ts'
import { addCrowd } from '../../test/support/crowd.ts'
import { type Param, prepared } from './prepared-query.ts'

describe.each(backends)('a prepared query, on $name,', async (backend) => {
  const chats = [await openChat(backend), await openChat(backend)]
  afterAll(() => Promise.all(chats.map((chat) => chat.close())))
  const [one, other] = chats.map(({ deps }) => deps)
  await addCrowd(one!, [{ username: 'ada' }, { username: 'bob' }])
  await addCrowd(other!, [{ username: 'carol' }])

  let built = 0
  const find = prepared((db, param: Param<{ handle: string; display: string }>) => {
    built++
    return db
      .selectFrom('user')
      .where(({ or, eb }) =>
        or([eb('handle', '=', param('handle')), eb('display_name', '=', param('display'))]),
      )
      .where('disabled_at', 'is', null)
      .select('username')
  })

  test('runs with the given values on the given database, and is compiled once', async () => {
    const names = async (deps: typeof one, handle: string, display: string) =>
      (await find(deps!.orm, { handle, display })).map(({ username }) => username)
    expect(await names(one, 'ada', 'none')).toEqual(['ada'])
    expect(await names(one, 'none', 'bob')).toEqual(['bob'])
    expect(await names(other, 'ada', 'carol')).toEqual(['carol'])
    expect(await Promise.all(['ada', 'bob', 'eve'].map((name) => names(one, name, name)))).toEqual([
      ['ada'],
      ['bob'],
      [],
    ])
    expect(await names(one, "' or 1 = 1 --", '')).toEqual([])
    expect(built).toBe(1)
  })
})
