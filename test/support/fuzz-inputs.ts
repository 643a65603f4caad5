import fc from 'fast-check'

/** Part of every generated text. Error responses must not contain it. */
export const MARK = 'zqxj'

/** Texts known to break parsers, queries, pages, headers or logs. */
const HOSTILE_TEXTS = [
  ...['', ' ', '\0', '\t\r\n', '\r\nset-cookie: a=b', '\u202e\u{1f4a5}\u0301', '\uffff', '\u2028', '\ufeff'],
  ...[
    '../../etc/passwd',
    '..\\',
    '//',
    '/\\evil.example',
    '%00',
    '%2f%2e%2e',
    '.',
    '?',
    '#',
    'file:///etc/passwd',
  ],
  ...[
    '__proto__',
    'constructor',
    'toString',
    'null',
    'undefined',
    'true',
    'NaN',
    'Infinity',
    '[object Object]',
  ],
  ...['-1', '0', '1e999', '0x10', '1.5', '9'.repeat(40), '4294967296', '9007199254740993', '-0', ' 1', '1 '],
  ...["' or 1=1 --", '" or ""="', '`; drop table user', '\\', '%', '_', '{{7*7}}', '$ne'],
  ...[
    'x'.repeat(3000),
    '\u{1f469}\u200d\u{1f469}\u200d\u{1f467}'.repeat(200),
    '\u0301'.repeat(500),
    'ß'.repeat(33),
  ],
]

/** Texts that become elements or attributes on a page that does not escape them. */
export const MARKUP = [
  `<${MARK}-element>`,
  `"><${MARK}-element ${MARK}-attribute="1">`,
  `' ${MARK}-attribute='1`,
  `" ${MARK}-attribute="1`,
  `</script><${MARK}-element>`,
  `</textarea></title></style><${MARK}-element>`,
  `--><${MARK}-element>`,
  `javascript:${MARK}()`,
  `https://${MARK}.example/?q="><${MARK}-element>`,
  `<img src=x onerror=${MARK}()>`,
  `&lt;${MARK}-element&gt;`,
  `" hx-get="/${MARK}`,
]

/** A hostile text. */
export const text = fc.oneof(
  fc
    .oneof(
      fc.constantFrom(...HOSTILE_TEXTS),
      // Any code points. fc.string would index all of them for shrinking, which takes a second.
      fc
        .array(fc.nat(0x10ffff), { maxLength: 50 })
        .map((points) => String.fromCodePoint(...points).toWellFormed()),
      // Including lone surrogates.
      fc.array(fc.nat(0xffff), { maxLength: 20 }).map((units) => String.fromCharCode(...units)),
    )
    .chain((classic) => fc.constantFrom(`${MARK}${classic}`, `${classic}${MARK}`)),
  fc.constantFrom(...MARKUP),
)

/** JSON of the wrong type or shape. */
export const json: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 3, arbitrary: text },
  fc.constantFrom<unknown>(
    null,
    true,
    -1,
    0,
    1.5,
    1e308,
    2 ** 53,
    [],
    {},
    [[MARK]],
    { toString: MARK },
    '\ud800',
  ),
  fc.constantFrom<unknown>({ [MARK]: MARK }, [MARK, { [MARK]: null }], { length: -1 }, ''),
  fc.jsonValue(),
)

/** Names of unexpected fields, including those of other operations. */
export const names = fc.constantFrom(
  ...['role', 'id', 'user', 'admin', 'username', 'password', 'body', 'limit', 'next', 'disabledAt', 'sender'],
  ...['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'then', '$where', '', '0', MARK],
)

/** Text in a path or a query: correctly escaped, wrongly escaped, or invalid UTF-8. */
export const escaped = fc.oneof(
  { weight: 3, arbitrary: text.map(encoded) },
  text.map((text) => `${text.replace(/[^!-~]|[?#]/g, '')}%`),
  fc
    .constantFrom(
      '%00',
      '%ED%A0%80',
      '%C0%80',
      '%zz',
      '%',
      '%2e%2e%2f',
      '%FF',
      '%f0%9f',
      '+',
      '&',
      '=',
      ';',
      '[]',
    )
    .map((bytes) => `${MARK}${bytes}`),
)

/** Percent-encodes the text. Lone surrogates become U+FFFD. */
export function encoded(text: string): string {
  return encodeURIComponent(text.toWellFormed())
}

/** Whole bodies that are no JSON objects, or invalid ones. */
export const rawBody: fc.Arbitrary<string | Uint8Array> = fc.oneof(
  text,
  json.map((value) => JSON.stringify(value)),
  fc.uint8Array({ maxLength: 60 }),
  fc.constantFrom(
    '',
    '{',
    `{"${MARK}":`,
    `{"__proto__":{"role":"admin"},"${MARK}":1}`,
    `{"constructor":{"prototype":{"role":"${MARK}"}}}`,
    `{"body":"a","body":"${MARK}"}`,
    `{"body":"\\ud800${MARK}"}`,
    `{"body":"\\u0000${MARK}"}`,
    `\ufeff{"body":"${MARK}"}`,
    `{"body":1e99999,"seq":-0,"${MARK}":00}`,
    '['.repeat(30_000),
    `${'{"a":'.repeat(15)}"${MARK}"${'}'.repeat(15)}`,
    `"${MARK.repeat(20_000)}"`,
    ' '.repeat(64 * 1024 + 1),
    `body=${MARK}&body=%FF&__proto__=1&=&&%=%`,
  ),
)

/** Headers with a meaning, and random values. */
export const headers = fc.dictionary(
  fc.constantFrom(
    ...[
      'content-type',
      'authorization',
      'cookie',
      'accept',
      'accept-language',
      'user-agent',
      'referer',
      'range',
    ],
    ...[
      'x-forwarded-for',
      'x-http-method-override',
      'if-none-match',
      'origin',
      'sec-fetch-site',
      'hx-request',
    ],
    ...['hx-current-url', 'connection', 'expect', 'te', 'x-original-url', 'forwarded', MARK],
  ),
  fc.oneof(
    text.map((text) => text.replace(/[^ -~\u00a0-\u00ff]/g, '').trim()),
    fc.constantFrom(
      'application/x-www-form-urlencoded',
      'text/plain',
      'multipart/form-data',
      `x/${MARK}`,
      'true',
    ),
    fc.constantFrom(
      'application/json; charset=utf-16',
      '*/*',
      'text/html',
      'Bearer ',
      `Bearer ${MARK}`,
      'Bearer a.b.c',
    ),
    fc.constantFrom(
      'chatapp-session-3000=',
      `chatapp-session-3000=${MARK}; chatapp-session-3000=a.b.c`,
      'chatapp-zone-3000=%',
      `chatapp-zone-3000=${MARK}`,

      'cross-site',
    ),
  ),
  { maxKeys: 3 },
)
