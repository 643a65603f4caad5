/** An answer did not come in time. */
export class TimeoutError extends Error {}

/**
 * The answer, if it comes within so many milliseconds; what it was asked for goes on all the same.
 * @throws Overdue
 */
export function withTimeout<T>(ms: number, answer: Promise<T>): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>()
  // What came while this process itself was busy is read first.
  const timer = setTimeout(
    () => setImmediate(() => reject(new TimeoutError(`no answer within ${ms} ms`))),
    ms,
  )
  return Promise.race([answer, late]).finally(() => clearTimeout(timer))
}
