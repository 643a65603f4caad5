import { Invalid } from '../http/errors.ts'
import { isStorableTime } from '../http/paging.ts'

/** From `since` (inclusive) to `until` (exclusive). */
export type Period = { since: Date | undefined; until: Date | undefined }

/** Parses two times. @throws Invalid for a time that the databases cannot store */
export function periodOf(input: { since?: string | undefined; until?: string | undefined }): Period {
  const read = (field: 'since' | 'until') => {
    const text = input[field]
    if (!text) return undefined
    const at = new Date(text)
    if (!isStorableTime(at.getTime())) throw new Invalid({ [field]: 'invalid' })
    return at
  }
  return { since: read('since'), until: read('until') }
}

/**
 * Parses two days of a form: from the start of the first to the end of the last, in the viewer's time zone.
 * @throws Invalid
 */
export function daysOf(
  input: { since?: string | undefined; until?: string | undefined },
  zone: string,
): Period {
  const read = (field: 'since' | 'until', days: number) => {
    const day = input[field]
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
