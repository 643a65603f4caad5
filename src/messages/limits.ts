/** Characters (code points) in a message's body, after trimming. */
export const BODY_LIMIT = 4000

/**
 * A character that a reader can see: not a space, a control or format character, a filler such as U+3164, a blank of
 * Braille (U+2800), of musical notation or of hieroglyphs.
 */
export const VISIBLE = /[^\s\p{Cc}\p{Cf}\p{DI}\u2800\u{1D159}\u{13441}\u{13442}]/u
