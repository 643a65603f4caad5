import { type Caller, connect } from './client.ts'
import { median } from './table.ts'

/** A read to measure. `path` may depend on the number of the request. */
export type Read = { origin: string; me: Caller; path: (n: number) => string }

/**
 * Measures the reads in alternation, each with sequential requests.
 * @returns for each read, the median milliseconds of each round
 */
export async function readInTurn(reads: Read[], { quick }: { quick: boolean }): Promise<number[][]> {
  const { rounds, times } = quick ? { rounds: 1, times: 5 } : { rounds: 15, times: 100 }
  const medians: number[][] = reads.map(() => [])
  // The first rounds are a warm-up.
  for (let round = quick ? 0 : -2; round < rounds; round++) {
    for (const [at, { origin, me, path }] of reads.entries()) {
      const client = await connect(origin, me)
      const taken: number[] = []
      for (let n = 0; n < times; n++) {
        const start = performance.now()
        const { status } = await client.get(path(n + times * (round + 2)))
        taken.push(performance.now() - start)
        if (status !== 200) throw new Error(`${path(n)}: status ${status}`)
      }
      client.close()
      if (round >= 0) medians[at]!.push(median(taken))
    }
  }
  return medians
}
