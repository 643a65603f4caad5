import type { ComponentChild } from 'preact'

// A web address ends at what cannot be in one, or, in Chinese, would rarely be: there, no space ends a word. Invisible
// characters (Cf) are left out, since they can make an address look like another. A host without `https://` or `www.` is
// no link: among engineers, `main.rs` and `build.sh` are files.
const WEB = String.raw`(?:https?://|www\.)[^\s<>"“”„«»「」『』（）【】《》，。；：！？、\p{Cc}\p{Cf}]+`
const MAIL = String.raw`(?:mailto:)?[\p{L}\p{N}.+_-]{1,64}@(?:[\p{L}\p{N}-]{1,63}\.)+\p{L}{2,63}`
// Looking back keeps the search linear: it begins at the start of a word only.
const LINK = new RegExp(String.raw`(?<![\p{L}\p{N}.+_-])(?:${WEB}|${MAIL})`, 'giu')

/** The text with its web and mail addresses as links. Nothing in it is ever read as HTML. */
export function RichText({ text }: { text: string }) {
  const parts: ComponentChild[] = []
  let end = 0
  for (const { 0: found, index } of text.matchAll(LINK)) {
    const shown = withoutTail(found)
    const href = address(shown)
    if (!href) continue
    parts.push(
      text.slice(end, index),
      <a href={href} target="_blank" rel="noopener noreferrer nofollow ugc">
        {shown}
      </a>,
    )
    end = index + shown.length
  }
  parts.push(text.slice(end))
  return <>{parts}</>
}

/** Leaves out what the sentence around an address wrote after it: its full stop, or the bracket that it had opened before. */
function withoutTail(found: string): string {
  const surplus = { ')': over(found, '(', ')'), ']': over(found, '[', ']'), '}': over(found, '{', '}') }
  let end = found.length
  for (; end > 0; end--) {
    const last = found[end - 1]!
    if (last in surplus ? surplus[last as keyof typeof surplus]-- <= 0 : !/[.,;:!?'*_~…]/.test(last)) break
  }
  return found.slice(0, end)
}

/** How many more brackets close than open. */
const over = (text: string, open: string, close: string) => text.split(close).length - text.split(open).length

/** Only `http`, `https` and `mailto`; null for `https://bank.example@evil.example`, which names one host and means another. */
function address(shown: string): string | null {
  const web = /^https?:/i.test(shown)
  if (!web && !/^www\./i.test(shown)) return `mailto:${shown.replace(/^mailto:/i, '')}`
  const href = web ? shown : `https://${shown}`
  return URL.canParse(href) && !/^https?:\/\/[^/?#]*@/i.test(href) ? href : null
}

const EMOJI =
  /^(?:\p{Regional_Indicator}{2}|\p{Extended_Pictographic}(?:[\u{FE0F}\u{1F3FB}-\u{1F3FF}\u{E0020}-\u{E007F}]|\u{200D}\p{Extended_Pictographic})*|\s){1,8}$/u

/** Whether a message is a few emoji and nothing else: it is then shown larger. */
export const isEmojiOnly = (text: string) => text.length < 64 && EMOJI.test(text)
