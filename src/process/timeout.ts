/** A promise did not settle in time. */
export class TimeoutError extends Error {
  readonly code = 'ETIMEDOUT'
}

/**
 * Resolves like `work` if that settles within `ms` milliseconds. The work itself is not cancelled.
 * @throws TimeoutError
 */
export function withTimeout<T>(ms: number, work: Promise<T>): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>()
  // Responses that arrived while this process was busy are read first.
  const timer = setTimeout(
    () => setImmediate(() => reject(new TimeoutError(`no response within ${ms} ms`))),
    ms,
  )
  return Promise.race([work, late]).finally(() => clearTimeout(timer))
}
