import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { isReserved } from './reserved-names.ts'

const RESERVED = [
  'admin',
  'administrator',
  'root',
  'support',
  'chatapp',
  'system',
  'moderator',
  'security',
  'staff',
]

test.each([
  ...RESERVED,
  ...[
    'official',
    'helpdesk',
    'noreply',
    'no-reply',
    'postmaster',
    'everyone',
    'team',
    'help',
    'mod',
    'sys-admin',
  ],
  ...['admins', 'support-team', 'ChatApp.Support', 'chatapp_official', 'the-admin', 'admin2', 'system.admin'],
  ...[
    'ADMlN',
    'adm1n',
    'adrnin',
    '4dm1n',
    'r00t',
    'supp0rt',
    '5upport',
    'chat-app',
    's.y.s.t.e.m',
    'rnoderat0r',
  ],
])('is reserved: %s', (name) => {
  expect(isReserved(name)).toBe(true)
})

test.each([
  ...[
    'ada',
    'adam',
    'adamin',
    'madmin',
    'alladmins',
    'administer',
    'rooted',
    'grassroots',
    'supporter',
    'systema',
  ],
  ...[
    'teamo',
    'teagan',
    'helper',
    'stafford',
    'officer',
    'chatty',
    'security.jane',
    'modesto',
    'allen',
    'person-1',
  ],
])('is not reserved: %s', (name) => {
  expect(isReserved(name)).toBe(false)
})

test('case, separators, digits at the end and digits as letters make no difference', () => {
  const digits: Record<string, string> = { o: '0', i: '1', l: '1', e: '3', a: '4', s: '5', t: '7', b: '8' }
  const change = fc.constantFrom('', 'upper', 'digit', '.', '-', '_')
  fc.assert(
    fc.property(
      fc.constantFrom(...RESERVED),
      fc.array(change, { minLength: 20, maxLength: 20 }),
      fc.constantFrom('', '1', '-2', '007'),
      (name, changes, end) => {
        const letters = [...name].map((letter, at) => {
          const how = changes[at]!
          if (how === 'upper') return letter.toUpperCase()
          return how === 'digit' ? (digits[letter] ?? letter) : letter + how
        })
        expect([name, letters.join('') + end, isReserved(letters.join('') + end)]).toEqual([
          name,
          letters.join('') + end,
          true,
        ])
      },
    ),
  )
})
