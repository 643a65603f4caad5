import { isClientError } from '../http/errors.ts'
import type { Counted, RateLimits } from '../http/rate-limits.ts'

/**
 * Counts an attempt and makes it. One that failed on the server does not count, because the client did nothing wrong.
 * @throws TooManyRequests, and what `attempt` throws
 */
export async function countAttempt<T>(
  limits: RateLimits,
  { rule, key }: Counted,
  attempt: () => Promise<T>,
): Promise<T> {
  await limits.take(rule, key)
  try {
    return await attempt()
  } catch (error) {
    if (!isClientError(error)) await limits.refund(rule, key)
    throw error
  }
}
