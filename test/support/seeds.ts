import fc from 'fast-check'

const { FUZZ_RUNS = '50', FUZZ_SEED } = process.env

/** Cases per property. Slow tests, such as those on MySQL, run a fraction. */
export const runs = Number(FUZZ_RUNS)

/** The timeout for that many cases on a busy machine, in milliseconds. */
export const fuzzTimeout = 180_000 + runs * 2000

/**
 * Checks a property with generated cases. Earlier cases change the server, so failures are not shrunk but repeated with the
 * same seed.
 * @throws Error with the failure and the command that repeats it
 */
export async function checkProperty<Case>(
  cases: fc.Arbitrary<Case>,
  { times, file }: { times: number; file: string },
  check: (one: Case) => Promise<void>,
): Promise<void> {
  const options = { numRuns: Math.ceil(times), endOnFailure: true }
  const seed = FUZZ_SEED === undefined ? {} : { seed: Number(FUZZ_SEED) }
  const result = await fc.check(fc.asyncProperty(cases, check), { ...options, ...seed })
  if (!result.failed) return
  const command = `FUZZ_SEED=${result.seed} FUZZ_RUNS=${runs} bun test ${file}`
  throw new Error(`${(result.errorInstance as Error)?.message}\n\nRepeat: ${command}`, {
    cause: result.errorInstance,
  })
}
