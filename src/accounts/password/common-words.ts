/** Words that passwords in the field are made of, beside a year, a number or a sign, in the languages of most users. Folded. */
const COMMON = `
  password passwort passwd pass motdepasse contrasena contrasenha clave senha wachtwoord haslo parola losenord heslo jelszo sifre
  parol пароль 密码 mima パスワード 비밀번호
  welcome welcom willkommen bienvenue bienvenido bienvenida benvenuto bemvindo welkom witaj valkommen 欢迎 huanying
  hello hallo hola bonjour salut ciao hej привет 你好 nihao
  login signin logon letmein changeme change changeit secret geheim access start default initial
  admin administrator root user guest gast test testing tester demo temp temporary sample example dummy
  qwerty qwertz azerty asdf zxcv qaz wsx edc zaq xsw abc abcd abcde iloveyou ilove love loveyou woaini
  company firma office team work home school server system support service master super boss
  chat chatapp app messenger message messages talk mobile phone web website internet online
  today tomorrow year happy birthday christmas weekend  my our new old the this that is to for and you wode woshi
`

/** Spring, summer, autumn and winter. */
const SEASONS = `
  spring summer autumn fall winter  fruhling fruehling fruhjahr sommer herbst  printemps ete automne hiver
  primavera verano otono invierno  estate autunno inverno  verao outono  lente zomer herfst  wiosna lato jesien zima
  весна лето осень зима  春天 夏天 秋天 冬天 chuntian xiatian qiutian dongtian  봄 여름 가을 겨울
`

/** Languages whose names of months and days are common in passwords. */
const LANGUAGES = ['en', 'de', 'fr', 'es', 'it', 'pt', 'nl', 'pl', 'sv', 'ru', 'zh', 'ja', 'ko']

/** Removes case, accents and compatibility forms. */
export function foldWord(text: string): string {
  return text.normalize('NFKD').toLowerCase().replace(/\p{M}/gu, '')
}

/** All words that make a password easy to guess, whoever sets it. */
export function commonWords(): string[] {
  const calendar = calendarWords().map((word) => word.replace('.', ''))
  return [...`${COMMON} ${SEASONS}`.trim().split(/\s+/), ...calendar].map(foldWord)
}

function calendarWords(): string[] {
  const months = Array.from({ length: 12 }, (_, month) => new Date(Date.UTC(2024, month, 1)))
  const days = Array.from({ length: 7 }, (_, day) => new Date(Date.UTC(2024, 0, day + 1)))
  return LANGUAGES.flatMap((language) => {
    return (['long', 'short'] as const).flatMap((length) => {
      const month = new Intl.DateTimeFormat(language, { month: length, timeZone: 'UTC' })
      const day = new Intl.DateTimeFormat(language, { weekday: length, timeZone: 'UTC' })
      return [...months.map((date) => month.format(date)), ...days.map((date) => day.format(date))]
    })
  })
}
