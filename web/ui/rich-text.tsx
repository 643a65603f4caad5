import type { ComponentChild } from 'preact'

// A web address ends at a character that it cannot contain, or at Chinese punctuation, since Chinese has no spaces.
// Invisible characters (Cf) are excluded, since they can disguise an address. A host without `https://` or `www.` is not
// linked: `main.rs` and `build.sh` are usually files.
const WEB = String.raw`(?:https?://|www\.)[^\s<>"“”„«»「」『』（）【】《》，。；：！？、\p{Cc}\p{Cf}]+`
const MAIL = String.raw`(?:mailto:)?[\p{L}\p{N}.+_-]{1,64}@(?:[\p{L}\p{N}-]{1,63}\.)+\p{L}{2,63}`
// The lookbehind keeps the search linear: it starts only at the start of a word.
const LINK = new RegExp(String.raw`(?<![\p{L}\p{N}.+_-])(?:${WEB}|${MAIL})`, 'giu')

/** The text with its web and mail addresses as links. It is never parsed as HTML. */
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

/** Removes punctuation of the sentence after an address: a full stop, or the closing bracket of an earlier opening one. */
function withoutTail(found: string): string {
  const surplus = { ')': over(found, '(', ')'), ']': over(found, '[', ']'), '}': over(found, '{', '}') }
  let end = found.length
  for (; end > 0; end--) {
    const last = found[end - 1]!
    if (last in surplus ? surplus[last as keyof typeof surplus]-- <= 0 : !/[.,;:!?'*_~…]/.test(last)) break
  }
  return found.slice(0, end)
}

/** The number of closing brackets minus opening ones. */
const over = (text: string, open: string, close: string) => text.split(close).length - text.split(open).length

/** Only `http`, `https` and `mailto`; null for `https://bank.example@evil.example`, which disguises its host. */
function address(shown: string): string | null {
  const web = /^https?:/i.test(shown)
  if (!web && !/^www\./i.test(shown)) return `mailto:${shown.replace(/^mailto:/i, '')}`
  const href = web ? shown : `https://${shown}`
  return URL.canParse(href) && !/^https?:\/\/[^/?#]*@/i.test(href) ? href : null
}

const EMOJI =
  /^(?:\p{Regional_Indicator}{2}|\p{Extended_Pictographic}(?:[\u{FE0F}\u{1F3FB}-\u{1F3FF}\u{E0020}-\u{E007F}]|\u{200D}\p{Extended_Pictographic})*|\s){1,8}$/u

/** Whether a message is only a few emoji, which are shown larger. */
export const isEmojiOnly = (text: string) => text.length < 64 && EMOJI.test(text)
