import type { Language } from '../../src/accounts/schema.ts'
import { text } from '../text/text.ts'

/** A secret that is shown only once. The button needs JavaScript and is hidden without it. */
export function Secret({ label, value, language }: { label: string; value: string; language: Language }) {
  const { copy, copied } = text(language)
  // For browsers without `field-sizing`; about fifty characters fit in a line.
  const rows = value.split('\n').reduce((sum, line) => sum + Math.ceil(line.length / 50), 0)
  return (
    <div class="stack">
      <textarea class="secret" readOnly rows={rows} aria-label={label} value={value} />
      <button class="button quiet copy" type="button" aria-live="polite" data-copied={copied}>
        {copy}
      </button>
    </div>
  )
}
