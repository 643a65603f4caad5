import { expect, test } from 'bun:test'
import { Invalid } from '../../http/errors.ts'
import { readConfig } from '../../process/config.ts'
import { checkPassword } from './check.ts'

const config = readConfig({ ORIGIN: 'https://talk.analytical-engines.example' })
const owner = {
  username: 'Robot-77',
  displayName: 'Ada Lovelace, 李小龙',
  email: 'countess.ada@babbage.example',
}

/** The error code; null for a password that is accepted. */
async function faultOf(password: string): Promise<string | null> {
  try {
    await checkPassword({ config }, password, owner)
    return null
  } catch (error) {
    if (error instanceof Invalid) return error.fields.password!
    throw error
  }
}

test.each([
  [
    'common words',
    'Password123! Welcome123 Summer2024! Winter25! Admin@123 Letmein1! Changeme123 Login123! Secret!!1',
  ],
  [
    'common words as they are disguised',
    'P@ssw0rd2024 Pa55word! 5ummer2024 Sunsh1n3! drowssaP1! w3lc0me12 Adm1n1234',
  ],
  [
    'several common words',
    'MyPassword1 ThisIsMyPassword WelcomeHome1! Password.Welcome.1 NewYearNewPassword',
  ],
  [
    'months, days and seasons',
    'January2024 Oktober24! Mittwoch1! Jan2024!! Frühling2024 Automne2025 Пятница2024 十月2024!!!',
  ],
  ['other languages', 'Passwort1! Willkommen1 Motdepasse1 Contraseña1 Пароль123 密码12345678 woaini1314'],
  ['keys beside each other', 'qwerty!@#$% 1qaz@WSX Qwertz123 asdf;lkj 1q2w3e4r5t zxcvbnm,./ !@#$%^&*'],
  [
    'breached words and a year or numbers',
    'Football2024 Dragon2024! Liverpool1 Monkey123 Berlin2023! Aa123456. Hallo1234',
  ],
  ['dates, sequences and repetitions', '19900101 20240101 abcdefgh1 11223344 aaaaaaaaaaaa 98765432'],
  ['the product', 'ChatApp1 chatapp2026! Chat-App-1 ch4t4pp!! WelcomeToChatApp1 ppAtahC12'],
  ['the server', 'analytical-engines1 Engines2024! talk.analytical-engines.example Talk2024!'],
  ['the username', 'robot77! Robot-Robot-1 r0b0t2024'],
  [
    'the display name',
    'lovelace1815 ada.lovelace1 Ada2024! Ada-Lovelace AdaAdaAda1 李小龙12345 4d4l0vel4ce!',
  ],
  ['the email address', 'Countess1! countess.ada99 Babbage2024 countess.ada@babbage.example1'],
])('a password made of %s is refused', async (_, passwords) => {
  const accepted: string[] = []
  for (const password of passwords.split(' ')) if ((await faultOf(password)) === null) accepted.push(password)
  expect(accepted).toEqual([])
})

test.each([
  'correct horse battery',
  'correct horse',
  'xK9#mQ2$',
  'dnHqBvPa',
  'tiger-lamp-42-river',
  'Tr33-h0use-k1te',
  'ada has 3 red bikes',
  'summer rain on tin',
  'blauer Elefant 77',
  '我的密码很长很安全',
  '비밀번호 한글 여덟',
  'password is what I forget',
])('%s is accepted', async (password) => {
  expect(await faultOf(password)).toBeNull()
})

test.each(['ROBOT-77', 'ada lovelace, 李小龙', 'Countess.Ada', 'countess.ada@BABBAGE.example'])(
  '%s is refused as a name of the user',
  async (password) => {
    expect(await faultOf(password)).toBe('password_name')
  },
)
