import { describe, expect, test } from 'bun:test'
import { openKnownDevices } from './known-device.ts'

const SECRET = 'a'.repeat(32)
const devices = openKnownDevices([SECRET])

describe('a device cookie', () => {
  test('is known to the accounts that signed in, in any case, and to no other', () => {
    const cookie = devices.issue('Grace', devices.issue('ada'))
    const device = devices.open(cookie)!
    const known = ['ada', 'ADA', 'grace', 'bob', '', 'ada '].map((name) => device.knows(name))
    expect(known).toEqual([true, true, true, false, false, false])
  })

  test('contains no username, and keeps its ID', () => {
    const first = devices.issue('ada')
    const second = devices.issue('ada', first)
    expect(second).toBe(first)
    expect(first).not.toContain('ada')
    expect(devices.open(devices.issue('bob', first))!.id).toBe(devices.open(first)!.id)
    expect(devices.open(devices.issue('ada'))!.id).not.toBe(devices.open(first)!.id)
  })

  test('names the account that signed in last in the same way on all of its devices', () => {
    const first = devices.open(devices.issue('ada'))!
    const second = devices.open(devices.issue('ADA', devices.issue('bob')))!
    expect(second.id).not.toBe(first.id)
    expect(second.account).toBe(first.account)
    expect(devices.open(devices.issue('bob', devices.issue('ada')))!.account).not.toBe(first.account)
  })

  test('after a reset of the password is known to the account, which has not signed in until it does', () => {
    const after = 'reset'
    const reset = devices.issue('ada', devices.issue('bob'), { after })
    const states = (cookie: string) => {
      const { knows, hasSignedIn, account } = devices.open(cookie)!
      return [knows('ADA'), hasSignedIn('ADA'), hasSignedIn('bob'), account]
    }
    const { account } = devices.open(devices.issue('ada'))!
    expect(states(reset)).toEqual([true, false, true, account])
    expect(states(devices.issue('ada', reset, { after }))).toEqual([true, false, true, account])
    const signedIn = devices.issue('ada', reset)
    expect(states(signedIn)).toEqual([true, true, true, account])
    expect(devices.issue('ada', signedIn, { after })).toBe(signedIn)
    expect(devices.open(reset.replace('~', ''))).toBeNull()
  })

  test('keeps the last five accounts', () => {
    const names = ['a', 'b', 'c', 'd', 'e', 'f']
    const cookie = names.reduce<string | undefined>((cookie, name) => devices.issue(name, cookie), undefined)
    const device = devices.open(cookie!)!
    expect(names.map((name) => device.knows(name))).toEqual([false, true, true, true, true, true])
  })

  test('is refused with a forged ID or signature, or by another server', () => {
    const cookie = devices.issue('ada')
    const [id, account, signature] = cookie.split('.') as [string, string, string]
    const foreign = openKnownDevices(['b'.repeat(32)]).issue('ada')
    for (const forged of [
      '',
      id,
      `${id}.${signature}`,
      `${id}.${account}.${signature}`.slice(0, -1),
      `${'A'.repeat(22)}.${account}.${signature}`,
      `${id}.${account}.${account}`,
      `${id}.${account}.~${signature}`,
      `${id}.${account}.${account}.${signature}`,
      `${id}.${Array(6).fill(account).join('.')}.${signature}`,
      foreign,
    ])
      expect(devices.open(forged)).toBeNull()
    const [otherId, , otherSignature] = devices.issue('bob').split('.')
    expect(devices.open(`${otherId}.${account}.${otherSignature}`)).toBeNull()
    expect(devices.issue('ada', foreign).split('.')[0]).not.toBe(foreign.split('.')[0])
  })

  test('stays known while its secret is rotated', () => {
    const rotated = openKnownDevices(['b'.repeat(32), SECRET])
    expect(rotated.open(devices.issue('ada'))!.knows('ada')).toBe(true)
    expect(
      openKnownDevices(['b'.repeat(32)])
        .open(rotated.issue('ada'))!
        .knows('ada'),
    ).toBe(true)
  })
})
