/** A link in a text: the characters from `start` to `end`, and where it leads. */
export type Link = { start: number; end: number; href: string }

/**
 * Finds web and mail addresses, in order. A host without `https://` or `www.` is not linked: `main.rs` and `build.sh` are
 * usually files. Only `http`, `https` and `mailto` are linked.
 */
export function findLinks(text: string): Link[] {
  const links: Link[] = []
  let end = 0
  for (const { 0: found, index } of text.matchAll(CANDIDATE)) {
    if (index < end) continue
    const link = found === '@' ? findMailbox(text, index, end) : findWebAddress(text, index)
    if (link) links.push(link)
    // `evil.example` in `https://bank.example@evil.example` is not the domain of a mailbox.
    end = link?.end ?? (found === '@' ? end : index + matchAt(AUTHORITY, text, index).length)
  }
  return links
}

function findWebAddress(text: string, start: number): Link | null {
  const shown = withoutTail(matchAt(WEB, text, start))
  const href = /^www/i.test(shown) ? `https://${shown}` : shown
  return URL.canParse(href) ? { start, end: start + shown.length, href } : null
}

/** Removes punctuation of the sentence after an address: a full stop, or the closing bracket of an earlier opening one. */
function withoutTail(found: string): string {
  const surplus = { ')': over(found, '(', ')'), ']': over(found, '[', ']'), '}': over(found, '{', '}') }
  let end = found.length
  for (; end > 0; end--) {
    const last = found[end - 1]!
    if (last in surplus ? surplus[last as keyof typeof surplus]-- <= 0 : !/[.,:;!?'*_~|·・–་]/.test(last))
      break
  }
  return found.slice(0, end)
}

/** The number of closing brackets minus opening ones. */
const over = (text: string, open: string, close: string) => text.split(close).length - text.split(open).length

/** @param from where the previous link ends */
function findMailbox(text: string, at: number, from: number): Link | null {
  const domain = matchAt(DOMAIN, text, at + 1)
  const end = at + 1 + domain.length
  if (!isMailDomain(domain) || text[end] === '@') return null
  const local = localPart(text.slice(Math.max(from, at - MAX_LOCAL * 2), at), domain)
  // In `_ada@example.org_`, the signs emphasize the address.
  const mailbox = text[end] === '_' ? local.replace(/^_+/, '') : local
  if (!mailbox || mailbox.length > MAX_LOCAL) return null
  const scheme = /mailto:$/i.exec(text.slice(from, at - mailbox.length))?.[0] ?? ''
  const href = `mailto:${mailbox.replace(/[%?#&/^`{|}]/g, encodeURIComponent)}@${domain}`
  return { start: at - mailbox.length - scheme.length, end, href }
}

const isMailDomain = (domain: string) =>
  /^(?:[^._-](?:[^._]*[^._-])?\.)+(?:[Xx][Nn]--[A-Za-z0-9-]+|\p{L}[\p{L}\p{M}]+)$/u.test(domain)

/** The local part of a mailbox at the end of a text; empty if it is not valid as a whole. Source: RFC 5321 and 6531. */
function localPart(before: string, domain: string): string {
  // Mailboxes with a name in another script have such a domain: `我的号码123@example.org` is the mailbox `123`.
  const number = /^\p{sc=Latin}/u.test(domain) && NUMBER.exec(before)
  const { 0: written, index } = number || LOCAL.exec(before) || { 0: '', index: 0 }
  if (before[index - 1] === '@') return ''
  const local = written
    .replace(/^.*(?:\.{3}|[!#$%&'*+/=?^`{|}~]{2})/, '')
    .replace(/^[!#$%&'*+/=?^`{|}~-]+/, '')
  return /^\.|\.\.|\.$/.test(local) ? '' : local
}

function matchAt(pattern: RegExp, text: string, index: number): string {
  pattern.lastIndex = index
  return pattern.exec(text)?.[0] ?? ''
}

/** Maximum characters before the `@` of a mailbox. Source: RFC 5321, section 4.5.3.1.1. */
const MAX_LOCAL = 64

// Without the flags `i` and `v`, with which some engines take a tenth of a second to compile these.
const HTTP = String.raw`[Hh][Tt]{2}[Pp][Ss]?:\/\/`
const WWW = String.raw`[Ww]{3}\.`
const CANDIDATE = new RegExp(
  String.raw`(?<![\p{sc=Latin}+])${HTTP}|(?<![\p{sc=Latin}\p{N}.@\/_-])${WWW}|@`,
  'gu',
)
const EAST = String.raw`\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Hangul}\p{sc=Bopomofo}ー`
const LATIN = String.raw`\p{sc=Latin}0-9\u0300-\u036f`
/** Letters, marks and digits of the other scripts, without fillers, which are invisible. */
const NATIVE = String.raw`(?:(?![${LATIN}\p{DI}])[\p{L}\p{M}\p{N}])`
const OTHER = String.raw`(?:(?![${LATIN}${EAST}\p{DI}])[\p{L}\p{M}\p{N}])`
/** What can continue the host in a browser's address bar. */
const HOST_SIGNS = String.raw`${LATIN}!$-.:;=@\[\]_\{\|\}~`
const AUTHORITY = new RegExp(`(?:${HTTP})?[${HOST_SIGNS}]*`, 'uy')

// Latin letters are mixed with East Asian ones in real names, but with Cyrillic or Greek ones only to imitate another name.
// No text matches both alternatives, so that the search stays linear.
const LABEL = `(?:[${LATIN}${EAST}_-]+|[0-9_-]*${OTHER}(?:${OTHER}|[0-9_-])*)`
// The last label has one script, so that text in another one can follow without a space. Without a dot, as in
// `https://localhost`, it is Latin.
const LAST = String.raw`(?:[${LATIN}](?:[${LATIN}-]*[${LATIN}])?(?![${LATIN}])|(?<=\.)(?:[${EAST}]+(?![${EAST}])|${OTHER}+(?!${OTHER})))`
const HOST = String.raw`(?:${LABEL}\.)*${LAST}(?![\p{L}\p{M}\p{N}_-]*\.[\p{L}\p{N}]|[_\p{DI}]+[${LATIN}])`
const DOMAIN = new RegExp(HOST, 'uy')

// Another script can fill a segment of a path, as in `/wiki/Ада`, but what follows Latin letters is the sentence: `/a请看`.
// Signs beyond ASCII end a path, except the few in names. Joiners are invisible, but part of Persian and Indic words.
const NATIVE_SEGMENT = String.raw`(?<=[\/=&#_(+-])${NATIVE}(?:${NATIVE}|[${LATIN}.:'·・–־་]|[\u200c\u200d](?=${NATIVE}))*`
const LATIN_PART = String.raw`(?![,;]${HTTP})[${HOST_SIGNS}\/?#–]`
// A username before the host disguises it, so that such an address is not linked.
const WEB = new RegExp(
  String.raw`(?:${HTTP}|(?=${WWW}))(?:${HOST}|\[[\d:A-Fa-f.]+\])(?::\d{1,5}(?!\d))?(?![${HOST_SIGNS}]*@)(?:[\/?#](?:${NATIVE_SEGMENT}|${LATIN_PART})*)?`,
  'uy',
)

const MAILBOX_SIGNS = String.raw`.!#$%&'*+\/=?^_\x60\{\|\}~-`
/** The longest end of a text that is written in one script and can stand before the `@` of a mailbox. */
const LOCAL = new RegExp(
  [`[${LATIN}`, `[${EAST}0-9`, `(?:${OTHER}|[0-9`]
    .map((script, n) => `${script}${MAILBOX_SIGNS}]${n === 2 ? ')' : ''}+$`)
    .join('|'),
  'u',
)
const NUMBER = new RegExp(
  String.raw`(?<=[${EAST}\p{sc=Thai}\p{sc=Lao}\p{sc=Khmer}\p{sc=Myanmar}])\d[\w.+-]*$`,
  'u',
)
