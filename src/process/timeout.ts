/** A promise did not settle in time. */
export class TimeoutError extends Error {}

/**
 * Resolves like `answer` if that settles within `ms` milliseconds. The work behind `answer` is not cancelled.
 * @throws TimeoutError
 */
export function withTimeout<T>(ms: number, answer: Promise<T>): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>()
  // Responses that arrived while this process was busy are read first.
  const timer = setTimeout(
    () => setImmediate(() => reject(new TimeoutError(`no answer within ${ms} ms`))),
    ms,
  )
  return Promise.race([answer, late]).finally(() => clearTimeout(timer))
}
