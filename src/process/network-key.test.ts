import { expect, test } from 'bun:test'
import { networksOf, plainAddress } from './network-key.ts'

test.each([
  ['203.0.113.9', '203.0.113.9', null],
  ['::ffff:203.0.113.9', '203.0.113.9', null],
  ['::FFFF:cb00:7109', '203.0.113.9', null],
  ['64:ff9b::203.0.113.9', '203.0.113.9', null],
  ['64:ff9b::cb00:7109', '203.0.113.9', null],
  ['64:ff9b:1::1', '64:ff9b:1:0::/64', '64:ff9b:1::/48'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64', '2001:db8:1::/48'],
  ['2001:DB8:1:2::', '2001:db8:1:2::/64', '2001:db8:1::/48'],
  ['2001:db8:1:3::1', '2001:db8:1:3::/64', '2001:db8:1::/48'],
  ['fe80::1%eth0', 'fe80:0:0:0::/64', 'fe80:0:0::/48'],
  ['::1', '0:0:0:0::/64', '0:0:0::/48'],
  ['unknown', 'unknown', null],
  ['user 7', 'user 7', null],
  ['', '', null],
])('%s is limited as %s and %p', (address, near, wide) => {
  expect(networksOf(address)).toEqual({ near, wide })
})

test('an IPv4 address is logged in its own notation', () => {
  expect(['::ffff:203.0.113.9', '203.0.113.9', '2001:db8::1', 'unknown'].map(plainAddress)).toEqual([
    '203.0.113.9',
    '203.0.113.9',
    '2001:db8::1',
    'unknown',
  ])
})
