import type { Language } from '../../src/accounts/schema.ts'
import { text } from '../text/text.ts'

/** What is shown this once, to be kept elsewhere. The button needs JavaScript, and is not there without it. */
export function Secret({ label, value, language }: { label: string; value: string; language: Language }) {
  const { copy, copied } = text(language)
  // For browsers that do not size a field by its content; about fifty characters fit into a line.
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
