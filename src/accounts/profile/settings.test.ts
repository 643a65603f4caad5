import { afterAll, describe, expect, test } from 'bun:test'
import { backends, openChat } from '../../../test/support/chat.ts'
import { paths, withQuery } from '../../../web/paths.ts'
import { Invalid } from '../../http/errors.ts'
import { UserEntity } from '../users/entity.ts'
import type { SettingsView } from './schema.ts'
import { changeSettings } from './settings.ts'

describe.each(backends)('changing settings, on $name', async (backend) => {
  const chat = await openChat(backend)
  afterAll(() => chat.close())
  await chat.signUp('ada', { displayName: 'Ada Lovelace' })
  const bob = await chat.signUp('bob')
  const plain = { displayName: 'Ada', language: null, theme: null, zone: null }

  const idOf = async (handle: string) =>
    (await chat.deps.orm.em.fork().findOneOrFail(UserEntity, { handle })).id
  const change = async (username: string, settings: Partial<SettingsView>) =>
    changeSettings(chat.deps, await idOf(username), { ...plain, ...settings })
  const faults = (attempt: Promise<unknown>) =>
    attempt.then(
      () => ({}),
      (error) => {
        if (error instanceof Invalid) return error.fields
        throw error
      },
    )
  const find = async (search: string): Promise<string[]> =>
    (await bob.get(withQuery(paths.api.users, { search }))).body.results.map(
      ({ username }: { username: string }) => username,
    )

  test('changes the display name that others see and search for', async () => {
    expect(await find('love')).toEqual(['ada'])
    await change('ada', { displayName: ' Countess  of Lovelace' })
    expect((await bob.get(paths.api.user('ada'))).body.displayName).toBe('Countess of Lovelace')
    expect([await find('count'), await find('love'), await find('ada')]).toEqual([['ada'], ['ada'], ['ada']])
    await change('ada', { displayName: 'Byron' })
    expect([await find('byron'), await find('count'), await find('ada')]).toEqual([['ada'], [], ['ada']])
  })

  test('falls back to the username for an empty display name', async () => {
    expect((await change('ada', { displayName: '  ' })).displayName).toBe('ada')
    expect(await find('byron')).toEqual([])
  })

  test('stores language, theme and zone, and clears them', async () => {
    const chosen = { language: 'zh', theme: 'dark', zone: 'Asia/Shanghai' }
    await change('ada', chosen)
    const stored = () => chat.deps.orm.em.fork().findOneOrFail(UserEntity, { handle: 'ada' })
    expect(await stored()).toMatchObject(chosen)
    await change('ada', {})
    expect(await stored()).toMatchObject({ language: null, theme: null, zone: null })
  })

  test('accepts known time zones in any case and stores the canonical name', async () => {
    for (const [zone, kept] of [
      ['europe/berlin', 'Europe/Berlin'],
      ['UTC', 'UTC'],
      ['Asia/Calcutta', 'Asia/Kolkata'],
      ['America/Buenos_Aires', 'America/Argentina/Buenos_Aires'],
      ['US/Pacific', 'America/Los_Angeles'],
    ] as const) {
      expect((await change('ada', { zone })).zone).toBe(kept)
    }
    for (const zone of ['+01:00', 'Berlin', '', '\0', 'Europe/Berlin; x=y']) {
      expect(await faults(change('ada', { zone }))).toEqual({ zone: 'zone' })
    }
  })

  test('reports all invalid fields at once and changes nothing', async () => {
    const attempt = change('bob', {
      displayName: 'x'.repeat(81),
      language: 'tlh',
      theme: 'mauve',
      zone: 'Moon/Tycho',
    })
    expect(await faults(attempt)).toEqual({
      displayName: 'display_name_long',
      language: 'unknown_language',
      theme: 'unknown_theme',
      zone: 'zone',
    })
    expect(await faults(change('bob', { displayName: '\u2800\u200b' }))).toEqual({ displayName: 'invisible' })
    expect((await bob.get(paths.api.session)).body.user).toMatchObject({ displayName: 'bob' })
  })

  test('works concurrently for many users', async () => {
    const crowd = await Promise.all(Array.from({ length: 12 }, (_, n) => chat.signUp(`crowd${n}`)))
    const rounds = ['Xenia Yvonne', 'Zacharias Abel', 'Yorick Xerxes']
    for (const displayName of rounds) {
      await Promise.all(
        crowd.map(({ username }, n) => change(username, { displayName: `${displayName} ${n}` })),
      )
    }
    expect((await find('yorick')).length).toBe(crowd.length)
  })
})
