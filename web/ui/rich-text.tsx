import type { ComponentChild } from 'preact'
import { findLinks } from './links.ts'

/** The text with its web and mail addresses as links. It is never parsed as HTML. */
export function RichText({ text: stored }: { text: string }) {
  // As a parser of HTML does, so that the page is the same with and without JavaScript.
  const text = stored.replace(/\r\n?/g, '\n')
  const parts: ComponentChild[] = []
  let end = 0
  for (const link of findLinks(text)) {
    parts.push(
      text.slice(end, link.start),
      <a href={link.href} target="_blank" rel="noopener noreferrer nofollow ugc">
        {text.slice(link.start, link.end)}
      </a>,
    )
    end = link.end
  }
  parts.push(text.slice(end))
  return <>{parts}</>
}

const EMOJI =
  /^(?:\p{Regional_Indicator}{2}|\p{Extended_Pictographic}(?:[\u{FE0F}\u{1F3FB}-\u{1F3FF}\u{E0020}-\u{E007F}]|\u{200D}\p{Extended_Pictographic})*|\s){1,8}$/u

/** Whether a message is only a few emoji, which are shown larger. */
export const isEmojiOnly = (text: string) => text.length < 64 && EMOJI.test(text)
