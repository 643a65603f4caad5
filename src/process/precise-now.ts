/** Returns milliseconds since 1970, with fractions, comparable between processes on one machine. */
export function preciseNow(): number {
  return performance.timeOrigin + performance.now()
}
