// `bun run faults`: clients exchange messages through three processes, a load balancer, MariaDB and Redis, which fail in turn.
// After each fault, a ledger of acknowledged messages is compared with the database and with every client.
import { mkdir } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { seeded, shuffled } from '../test/support/random.ts'
import { browserClock } from '../web/sync/clock.ts'
import { type Kind, kinds } from './kinds.ts'
import { fitsRedis } from './redis-set.ts'
import { fastClock } from './skewed-clock.ts'
import { DATABASE_KINDS, type DatabaseKind, REDIS_KINDS, type RedisKind } from './system.ts'
import { type Outcome, table } from './table.ts'
import { startWorld } from './world.ts'

const USAGE = `bun run faults [--faults <number> | --minutes <number>] [--kinds <part of name>,…] [--seed <number>] [--systems <number>] [--database single|galera] [--redis one|sentinel|cluster] [--short]

By default, injects each kind of fault once, on one system. Several systems share the faults and run in parallel.
--database galera runs three nodes of Galera behind a load balancer; faults of the database happen to one node.
--short is for the test run: short pauses, faster client clocks, two systems.
--redis starts several servers that take over from each other.
Kinds: ${kinds.map(({ name }) => name).join(', ')}.`

const { values: options } = readOptions()
const seed = Number(options.seed ?? Math.floor(Math.random() * 1e9))
const random = seeded(seed)
const redis = (options.redis ?? 'one') as RedisKind
if (!REDIS_KINDS.includes(redis)) exitWithUsage('Unknown kind of Redis.')
const database = (options.database ?? 'single') as DatabaseKind
if (!DATABASE_KINDS.includes(database)) exitWithUsage('Unknown kind of database.')
const rules = {
  database,
  redis,
  ...(options.short
    ? { pause: 500, lead: 300, clock: fastClock }
    : { pause: 15_000, lead: 2000, clock: browserClock }),
  recovery: 90_000,
  random,
}
const chosen = kinds.filter(
  (kind) =>
    (options.kinds?.split(',') ?? ['']).some((part) => kind.name.includes(part)) &&
    fitsRedis(kind, rules) &&
    (database === 'single' || !kind.singleDatabase),
)
const count = Number(options.faults ?? (options.minutes ? Infinity : chosen.length))
const end = options.minutes ? Date.now() + Number(options.minutes) * 60_000 : Infinity
const systems = Number(options.systems ?? (options.short ? 2 : 1))
if (chosen.length === 0 || !(count > 0) || Number.isNaN(end) || !(systems > 0))
  exitWithUsage('No faults selected.')

// The guard of each server stops it and removes its folder after this process exits (scripts/servers.ts).
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => process.exit(130))

console.log(`Seed ${seed}.`)
const outcomes: Outcome[] = []
const faults = faultSequence()
try {
  await Promise.all(Array.from({ length: systems }, () => injectAll(faults)))
} catch (error) {
  console.error((error as Error).message)
  process.exit(1)
}

const failed = new Set(outcomes.filter(({ violations }) => violations.length).map(({ kind }) => kind))
const passed = new Set(outcomes.map(({ kind }) => kind)).difference(failed)
const result = { seed, passed: passed.size, failed: failed.size, outcomes }
await mkdir('test-results', { recursive: true })
const name = ['faults', options.database, options.redis].filter(Boolean).join('-')
await Bun.write(`test-results/${name}.json`, JSON.stringify(result))
console.log(`\n${table(outcomes)}\n`)
console.log(`${outcomes.length} faults: ${passed.size} kinds passed, ${failed.size} failed.`)
process.exit(failed.size > 0 ? 1 : 0)

/** Yields each kind once in random order, then repeats. */
function* faultSequence(): Generator<Kind> {
  for (let yielded = 0; ; ) {
    for (const kind of shuffled(chosen, random)) {
      if (yielded++ >= count || Date.now() > end) return
      yield kind
    }
  }
}

/** Injects the faults into one system in turn. Replaces the system if it does not recover. */
async function injectAll(faults: Iterable<Kind>): Promise<void> {
  let world = await startWorld(rules)
  for (const kind of faults) {
    const outcome = await world.inject(kind)
    outcomes.push(outcome)
    report(outcome)
    if (outcome.recovery !== null) continue
    await world.end()
    world = await startWorld(rules)
  }
  await world.end()
}

function report({ kind, acknowledged, recovery, violations }: Outcome): void {
  const state = recovery === null ? 'not recovered' : `recovered after ${(recovery / 1000).toFixed(1)} s`
  const found = `${acknowledged} messages acknowledged, ${violations.length} violations`
  console.log(`${violations.length ? '✗' : '✓'} ${kind}: ${state}, ${found}`)
  for (const { rule, what } of violations) console.log(`    ${rule}: ${what}`)
}

function readOptions() {
  const option = { type: 'string' } as const
  try {
    return parseArgs({
      options: {
        faults: option,
        minutes: option,
        kinds: option,
        seed: option,
        systems: option,
        redis: option,
        database: option,
        short: { type: 'boolean' },
      },
    })
  } catch (error) {
    return exitWithUsage((error as Error).message)
  }
}

function exitWithUsage(reason: string): never {
  console.error(`${reason}\n\n${USAGE}`)
  process.exit(2)
}
