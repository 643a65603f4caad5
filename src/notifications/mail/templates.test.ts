import { expect, test } from 'bun:test'
import { renderMail } from './templates.tsx'

const greeting = (displayName: string) => {
  const mail = renderMail(
    { about: 'emailChanged', to: 'ada@example.org', language: 'en', username: 'ada', displayName },
    { origin: 'https://chat.example.org' },
  )
  return mail.text.split('\n')[0]
}

test.each(['Ada Lovelace', 'J. R. Núñez-O’Hara', '王小明'])(
  'a mail greets by the display name: %s',
  (name) => {
    expect(greeting(name)).toBe(`Hi ${name},`)
  },
)

test.each(['See evil.example now', 'https://evil.example', 'Call 555 0100', 'ada@example.org', 'two\nlines'])(
  'a mail greets by the username if the display name could hold a link or a number: %j',
  (name) => {
    expect(greeting(name)).toBe('Hi ada,')
  },
)
