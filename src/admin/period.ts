import { Invalid } from '../http/errors.ts'
import { isStorableTime } from '../http/paging.ts'

/** From one moment on, and up to but not including another. */
export type Period = { since: Date | undefined; until: Date | undefined }

/** @throws Invalid for what is no moment that the databases know */
export function periodOf(written: { since?: string | undefined; until?: string | undefined }): Period {
  const read = (field: 'since' | 'until') => {
    const text = written[field]
    if (!text) return undefined
    const at = new Date(text)
    if (!isStorableTime(at.getTime())) throw new Invalid({ [field]: 'invalid' })
    return at
  }
  return { since: read('since'), until: read('until') }
}

/**
 * The same of two days, as a form has them: from the beginning of the one to the end of the other, where the reader is.
 * @throws Invalid
 */
export function daysOf(
  written: { since?: string | undefined; until?: string | undefined },
  zone: string,
): Period {
  const read = (field: 'since' | 'until', days: number) => {
    const day = written[field]
    if (!day) return undefined
    try {
      const start = Temporal.PlainDate.from(day).add({ days }).toZonedDateTime(zone)
      return new Date(start.epochMilliseconds).toISOString()
    } catch {
      throw new Invalid({ [field]: 'invalid' })
    }
  }
  return periodOf({ since: read('since', 0), until: read('until', 1) })
}
