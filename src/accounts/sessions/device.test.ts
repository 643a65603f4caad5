import { expect, test } from 'bun:test'
import { deviceName } from './device.ts'

const GECKO = 'AppleWebKit/537.36 (KHTML, like Gecko)'
test.each([
  [`Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${GECKO} Chrome/126.0 Safari/537.36`, 'Chrome · Windows'],
  [`Mozilla/5.0 (Windows NT 10.0) ${GECKO} Chrome/126.0 Safari/537.36 Edg/126.0`, 'Edge · Windows'],
  ['Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0', 'Firefox · Linux'],
  [
    'Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1 Version/17.5 Mobile/15E148 Safari/604.1',
    'Safari · iPhone',
  ],
  [`Mozilla/5.0 (Linux; Android 14) ${GECKO} SamsungBrowser/25.0 Chrome/121.0`, 'Samsung Internet · Android'],
  [
    'Mozilla/5.0 (Macintosh; Intel Mac OS X 14_5) AppleWebKit/605.1 Version/17.5 Safari/605.1',
    'Safari · macOS',
  ],
  ['curl/8.7.1', 'curl'],
  ['<script>alert(1)</script>', null],
  ['', null],
])('%p is called %p', (userAgent, name) => {
  expect(deviceName(userAgent)).toBe(name)
})
