import { expect, test } from 'bun:test'
import { jpegOfScans, png } from '../../../test/support/pictures.ts'
import { countScans } from './jpeg.ts'

const usual = await jpegOfScans(png(64, 64), 0)
const SCANS = countScans(usual)

test('the scans of a JPEG are counted, and those of other formats are not', async () => {
  expect(SCANS).toBe(usual.toString('latin1').split('\xff\xda').length - 1)
  expect(SCANS).toBeGreaterThan(4)
  expect(countScans(await jpegOfScans(png(64, 64), 4000))).toBe(SCANS + 4000)
  expect(countScans(png(8, 8))).toBe(0)
  expect(countScans(new Uint8Array())).toBe(0)
})

test.each([
  ['fill bytes', '\xff\xff\xff\xff'],
  ['a segment with a thumbnail', '\xff\xe1\0\x08\xff\xd8\xff\xda\xff\xd9'],
  ['a restart marker', '\xff\xd0'],
  ['bytes that are no marker', '\x01\x02\xff\0'],
  ['a marker without a length', '\xff\x01'],
  ['a reserved marker', '\xff\x02'],
])('no scan is hidden behind %s', (_, hidden) => {
  const [head, tail] = [usual.subarray(0, 2), usual.subarray(2)]
  expect(countScans(Buffer.concat([head, Buffer.from(hidden, 'latin1'), tail]))).toBe(SCANS)
})

test('a JPEG may be cut off anywhere', () => {
  for (let length = 0; length < usual.length; length++) countScans(usual.subarray(0, length))
  expect(countScans(usual.subarray(0, -2))).toBe(SCANS)
  expect(countScans(Buffer.of(0xff, 0xd8, 0xff, 0xe0, 0, 0))).toBe(0)
})
