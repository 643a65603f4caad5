import { Invalid } from '../errors.ts'

/** From one moment on, and up to but not including another. */
export type Period = { since?: Date | undefined; until?: Date | undefined }

/** @throws Invalid for what is no moment that the databases know */
export function periodOf(written: { since?: string | undefined; until?: string | undefined }): Period {
  const read = (field: 'since' | 'until') => {
    const text = written[field]
    if (!text) return undefined
    const at = new Date(text)
    if (!(at.getTime() >= 0 && at.getTime() < 253_402_300_800_000)) throw new Invalid({ [field]: 'invalid' })
    return at
  }
  return { since: read('since'), until: read('until') }
}
