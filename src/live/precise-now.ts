/** Milliseconds since 1970, with fractions, by a clock that processes on one machine share. */
export function preciseNow(): number {
  return performance.timeOrigin + performance.now()
}
