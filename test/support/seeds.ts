import fc from 'fast-check'

const { FUZZ_RUNS = '50', FUZZ_SEED } = process.env

/** How often a property is tried; where a try takes long, as on MySQL, a share of it. */
export const runs = Number(FUZZ_RUNS)

/** Milliseconds that so many tries may take on a busy machine. */
export const fuzzTimeout = 180_000 + runs * 2000

/**
 * Tries it with what a seed makes. What was tried before is part of what fails, as with any server, so nothing is shortened:
 * the whole is repeated under the same seed.
 * @throws with what went wrong, and the command that repeats it
 */
export async function checkProperty<Case>(
  cases: fc.Arbitrary<Case>,
  { times, file }: { times: number; file: string },
  act: (one: Case) => Promise<void>,
): Promise<void> {
  const options = { numRuns: Math.ceil(times), endOnFailure: true }
  const seed = FUZZ_SEED === undefined ? {} : { seed: Number(FUZZ_SEED) }
  const result = await fc.check(fc.asyncProperty(cases, act), { ...options, ...seed })
  if (!result.failed) return
  const again = `FUZZ_SEED=${result.seed} FUZZ_RUNS=${runs} bun test ${file}`
  throw new Error(`${(result.errorInstance as Error)?.message}\n\nAgain: ${again}`, {
    cause: result.errorInstance,
  })
}
