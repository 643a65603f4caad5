// `bun run faults`: people talk through three processes, a balancer, MariaDB and Redis, which fail one after the other. What
// was acknowledged is kept outside, and after each fault compared with what is stored and what everybody shows.
import { mkdir } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { browserClock } from '../web/sync/clock.ts'
import { seeded, shuffled } from './chance.ts'
import { type Kind, kinds } from './kinds.ts'
import { hurried } from './skewed-clock.ts'
import { type Outcome, table } from './table.ts'
import { startWorld } from './world.ts'

const USAGE = `bun run faults [--faults <number> | --minutes <number>] [--kinds <part of a name>,…] [--seed <number>] [--systems <number>] [--short]

Each kind once, on one system, unless told otherwise: several share the faults out between them and suffer at the same time.
--short is for the test run: short pauses, people in a hurry, two systems.
Kinds: ${kinds.map(({ name }) => name).join(', ')}.`

const { values: options } = read()
const seed = Number(options.seed ?? Math.floor(Math.random() * 1e9))
const random = seeded(seed)
const rules = {
  ...(options.short
    ? { pause: 500, lead: 300, clock: hurried }
    : { pause: 15_000, lead: 2000, clock: browserClock }),
  recovery: 90_000,
  random,
}
const chosen = kinds.filter(({ name }) =>
  (options.kinds?.split(',') ?? ['']).some((part) => name.includes(part)),
)
const count = Number(options.faults ?? (options.minutes ? Infinity : chosen.length))
const end = options.minutes ? Date.now() + Number(options.minutes) * 60_000 : Infinity
const systems = Number(options.systems ?? (options.short ? 2 : 1))
if (chosen.length === 0 || !(count > 0) || Number.isNaN(end) || !(systems > 0))
  refuse('There is nothing to do.')

// Every server has a guard that outlives us, ends it and removes its folder (scripts/servers.ts).
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => process.exit(130))

console.log(`Seed ${seed}.`)
const outcomes: Outcome[] = []
const deck = deal()
try {
  await Promise.all(Array.from({ length: systems }, () => goThrough(deck)))
} catch (error) {
  console.error((error as Error).message)
  process.exit(1)
}

const failed = new Set(outcomes.filter(({ violations }) => violations.length).map(({ kind }) => kind))
const passed = new Set(outcomes.map(({ kind }) => kind)).difference(failed)
const result = { seed, passed: passed.size, failed: failed.size, outcomes }
await mkdir('test-results', { recursive: true })
await Bun.write('test-results/faults.json', JSON.stringify(result))
console.log(`\n${table(outcomes)}\n`)
console.log(`${passed.size} kinds passed, ${failed.size} failed, with ${outcomes.length} faults.`)
process.exit(failed.size > 0 ? 1 : 0)

/** Each kind once, in an order of chance, then again. */
function* deal(): Generator<Kind> {
  for (let dealt = 0; ; ) {
    for (const kind of shuffled(chosen, random)) {
      if (dealt++ >= count || Date.now() > end) return
      yield kind
    }
  }
}

/** A system suffers one fault after the other; one that does not get well again is replaced. */
async function goThrough(deck: Iterable<Kind>): Promise<void> {
  let world = await startWorld(rules)
  for (const kind of deck) {
    const outcome = await world.suffer(kind)
    outcomes.push(outcome)
    report(outcome)
    if (outcome.recovery !== null) continue
    await world.end()
    world = await startWorld(rules)
  }
  await world.end()
}

function report({ kind, acknowledged, recovery, violations }: Outcome): void {
  const well = recovery === null ? 'not well again' : `well again after ${(recovery / 1000).toFixed(1)} s`
  const found = `${acknowledged} messages acknowledged, ${violations.length} violations`
  console.log(`${violations.length ? '✗' : '✓'} ${kind}: ${well}, ${found}`)
  for (const { rule, what } of violations) console.log(`    ${rule}: ${what}`)
}

function read() {
  const option = { type: 'string' } as const
  try {
    return parseArgs({
      options: {
        faults: option,
        minutes: option,
        kinds: option,
        seed: option,
        systems: option,
        short: { type: 'boolean' },
      },
    })
  } catch (error) {
    return refuse((error as Error).message)
  }
}

function refuse(why: string): never {
  console.error(`${why}\n\n${USAGE}`)
  process.exit(2)
}
