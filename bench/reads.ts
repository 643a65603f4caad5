import { type Caller, connect } from './client.ts'
import { median } from './table.ts'

/** What is read, from where and by whom; `path` may differ each time. */
export type Read = { origin: string; me: Caller; path: (n: number) => string }

/**
 * Reads one after the other from each in turn.
 * @returns for each read the median milliseconds of its rounds
 */
export async function readInTurn(reads: Read[], { quick }: { quick: boolean }): Promise<number[][]> {
  const { rounds, times } = quick ? { rounds: 1, times: 5 } : { rounds: 15, times: 100 }
  const medians: number[][] = reads.map(() => [])
  // The first rounds warm the servers up.
  for (let round = quick ? 0 : -2; round < rounds; round++) {
    for (const [at, { origin, me, path }] of reads.entries()) {
      const client = await connect(origin, me)
      const taken: number[] = []
      for (let n = 0; n < times; n++) {
        const start = performance.now()
        const { status } = await client.get(path(n + times * (round + 2)))
        taken.push(performance.now() - start)
        if (status !== 200) throw new Error(`${path(n)} was answered with ${status}`)
      }
      client.close()
      if (round >= 0) medians[at]!.push(median(taken))
    }
  }
  return medians
}
