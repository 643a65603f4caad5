import { useText } from './use-text.ts'

/** A secret that is shown only once. The button needs JavaScript and is hidden without it. */
export function Secret({ label, value }: { label: string; value: string }) {
  const { copy, copied } = useText()
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
