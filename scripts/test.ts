// Runs all checks, fastest first: `bun run test`. Parts: `bun run test static`, `unit`, `e2e`, `faults`.
// `bun run test quick` is for development: the static checks and the tests that need neither MariaDB nor Redis.
// The last line is "<n> passed, <m> failed". Checks that cannot run and skipped tests count as failed.
import { exists, mkdir, rm } from 'node:fs/promises'
import { chromium } from './browser.ts'
import { testServers } from './servers.ts'

/** Files excluded from coverage: they run in a separate process or in the browser. */
const notCovered = [
  'src/main.ts',
  'src/fetch.ts',
  'src/database/migrate-cli.ts',
  'src/process/cluster.ts',
  'src/admin/admin-cli.ts',
  'web/client/main.tsx',
]
/** Files that `quick` skips: they need MariaDB or Redis, or are slow. */
const notInQuick = [
  'src/database/orm.test.ts',
  'src/database/migrate.test.ts',
  'src/admin/admin-cli.test.ts',
  'src/process/deps.test.ts',
  'src/process/metrics.test.ts',
  'src/process/tracing.test.ts',
  'src/process/cluster.test.ts',
  'src/process/health.test.ts',
  'src/http/rate-limits.test.ts',
  'src/messages/faults.test.ts',
  'src/live/bus/health-check.test.ts',
  'src/live/bus/bus.test.ts',
  'src/live/bus/failover.test.ts',
  'src/live/bus/redis-connection.test.ts',
  'src/live/sse.test.ts',
  'src/live/websocket.test.ts',
  'src/accounts/sessions/session.test.ts',
  'test/contract/fetch.test.ts',
  'test/contract/query-plans.test.ts',
  'test/contract/main.test.ts',
  'test/contract/fuzz-api.test.ts',
  'test/contract/fuzz-pages.test.ts',
  'test/contract/http.test.ts',
]
/** Further systems for fault injection, with the faults of the part that differs. They run in parallel. */
const faultSystems = [
  ['--redis', 'sentinel', '--kinds', 'Redis'],
  ['--redis', 'cluster', '--kinds', 'Redis'],
]
const minCoverage = 90
const stepTimeoutMs = 20 * 60_000

type Counts = { passed: number; failed: number }
const bun = process.execPath
const bin = (name: string) => [bun, '--bun', `node_modules/.bin/${name}`]

const parts: Record<string, () => Promise<unknown>> = {
  static: () =>
    Promise.all([
      step('format and lint', () => check([...bin('biome'), 'check', '--error-on-warnings', '.'])),
      step('unused code', () => check(bin('knip'))),
      step('types', () => check(bin('tsc'))),
    ]),
  unit: async () => {
    await step('unit and API tests', unitTests)
    await step('coverage', coverage)
  },
  e2e: () => step('browser tests', browserTests),
  faults: () => step('faults', faults),
  quick: async () => {
    await parts.static!()
    await step('quick tests', quickTests)
  },
}

let servers: ReturnType<typeof testServers> | undefined
const children = new Set<Bun.Subprocess>()
let stopping = false
const report: (Counts & { name: string; seconds: number })[] = []

const wanted = process.argv.slice(2)
const unknown = wanted.filter((part) => !Object.hasOwn(parts, part))
if (unknown.length > 0) {
  console.error(
    `Unknown part "${unknown.join('", "')}". Available: static, unit, e2e, faults, quick. Default: all but quick.`,
  )
  process.exit(2)
}
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, interrupted)

await mkdir('test-results', { recursive: true })
for (const [name, run] of Object.entries(parts)) {
  if (wanted.length === 0 ? name !== 'quick' : wanted.includes(name)) await run()
}
await (await servers?.catch(() => undefined))?.stop()
summarise()

/** Runs and times one step. Never throws: an error counts as one failure, and the next steps still run. */
async function step(name: string, run: () => Promise<Counts>) {
  console.log(`\n── ${name}`)
  const began = performance.now()
  const counts = await run().catch((error: Error) => {
    console.error(`\n${name}: ${error.message}`)
    return { passed: 0, failed: 1 }
  })
  if (stopping) await new Promise(() => {}) // The process is about to exit: run no further step.
  report.push({ name, ...counts, seconds: (performance.now() - began) / 1000 })
}

function summarise() {
  console.log()
  for (const { name, passed, failed, seconds } of report) {
    const outcome = `${passed} passed, ${failed} failed`
    const time = `${seconds.toFixed(1).padStart(6)} s`
    console.log(`${failed ? '✗' : '✓'} ${name.padEnd(20)} ${outcome.padEnd(24)} ${time}`)
  }
  const sum = (key: keyof Counts) => report.reduce((total, counts) => total + counts[key], 0)
  console.log(`${sum('passed')} passed, ${sum('failed')} failed`)
  process.exitCode = sum('failed') > 0 ? 1 : 0
}

/** Runs one check. Checks run in parallel, so the output is buffered and only shown on failure. */
async function check(command: string[]): Promise<Counts> {
  const child = start(command, {}, 'pipe')
  const output = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()])
  if ((await child.exited) === 0) return { passed: 1, failed: 0 }
  throw new Error(`${output.join('').trim()}\n`)
}

/** Files run in parallel. Each worker has its own Redis, because channels are named by user ID, which repeats per database. */
async function unitTests(): Promise<Counts> {
  await rm('coverage', { recursive: true, force: true })
  const { TEST_DATABASE_URL } = await serverUrls()
  const coverage = ['--coverage', '--coverage-reporter=lcov', '--coverage-dir=coverage']
  return bunTests(coverage, { TEST_DATABASE_URL })
}

/** Runs the tests that only need the embedded database. */
async function quickTests(): Promise<Counts> {
  const files = [...new Bun.Glob('{src,test,web}/**/*.test.{ts,tsx}').scanSync()]
  const quick = files.filter((file) => !notInQuick.includes(file)).map((file) => `./${file}`)
  if (quick.length === 0) throw new Error('no test files found.')
  return bunTests(quick, { TEST_BACKENDS: 'sqlite' })
}

async function bunTests(args: string[], env: Record<string, string>): Promise<Counts> {
  const junit = 'test-results/unit.xml'
  await rm(junit, { force: true })
  const options = [
    // Long enough for a slow machine; only detects hangs.
    '--timeout=180000',
    '--only-failures',
    ...(process.env.TEST_REDIS_URL ? [] : ['--parallel=2', '--no-isolate']),
    ...['--reporter=junit', `--reporter-outfile=${junit}`],
  ]
  const code = await exitCode(start([bun, 'test', ...options, ...args], env))

  const xml = (await exists(junit)) ? await Bun.file(junit).text() : ''
  const suites = xml.match(/<testsuites [^>]*>/)?.[0] ?? ''
  const count = (name: string) => Number(suites.match(new RegExp(` ${name}="(\\d+)"`))?.[1] ?? 0)
  const [tests, failures, skipped] = [count('tests'), count('failures'), count('skipped')]
  // Bun lists neither passed nor skipped tests with --only-failures.
  for (const [, name] of xml.matchAll(/<testcase name="([^"]*)"[^>]*>\s*<skipped/g))
    console.error(`(skip) ${unescaped(name!)}`)
  return counted({ code, passed: tests - failures - skipped, failures, skipped })
}

async function browserTests(): Promise<Counts> {
  const json = 'test-results/e2e.json'
  await rm(json, { force: true })
  const env = { ...(await serverUrls()), CHROMIUM_PATH: await chromium(), PLAYWRIGHT_JSON_OUTPUT_FILE: json }
  // --no-orphans: browsers and servers exit with it, however it ends.
  const [, ...args] = bin('playwright')
  const playwright = [bun, '--no-orphans', ...args, 'test', '--config', 'e2e/playwright.config.ts']
  const code = await exitCode(start([...playwright, '--reporter=dot,json', '--forbid-only'], env))

  const none = { expected: 0, unexpected: 0, flaky: 0, skipped: 0 }
  const { expected, unexpected, flaky, skipped } = (await exists(json))
    ? (await Bun.file(json).json()).stats
    : none
  return counted({ code, passed: expected, failures: unexpected + flaky, skipped })
}

/** Counts each kind of fault as one test. Uses its own servers, which the faults damage. */
async function faults(): Promise<Counts> {
  const ordinary = await faultRun([])
  const others = await Promise.all(faultSystems.map((options) => faultRun([...options, '--systems', '1'])))
  return [ordinary, ...others].reduce((sum, { passed, failed }) => ({
    passed: sum.passed + passed,
    failed: sum.failed + failed,
  }))
}

async function faultRun(options: string[]): Promise<Counts> {
  const redis = options[options.indexOf('--redis') + 1]
  const json = `test-results/${options.length ? `faults-${redis}` : 'faults'}.json`
  await rm(json, { force: true })
  const code = await exitCode(start([bun, 'faults/main.ts', '--short', ...options], {}))
  const { passed, failed } = (await exists(json)) ? await Bun.file(json).json() : { passed: 0, failed: 0 }
  return counted({ code, passed, failures: failed, skipped: 0 })
}

/** Returns the counts. An unexplained exit code or a run without tests counts as one failure. */
function counted(run: { code: number; passed: number; failures: number; skipped: number }): Counts {
  if (run.skipped > 0) console.error(`\n${run.skipped} skipped (counted as failed).`)
  const failed = run.failures + run.skipped
  if (failed === 0 && run.passed === 0) console.error('\nNo tests ran.')
  return { passed: run.passed, failed: failed || (run.code === 0 && run.passed > 0 ? 0 : 1) }
}

/** Line coverage of src/ and web/. Files that no test imports, which Bun omits, count as not covered. */
async function coverage(): Promise<Counts> {
  const lcov = await Bun.file('coverage/lcov.info').text()
  const imported = new Map<string, { found: number; hit: number }>()
  for (const [, file, record] of lcov.matchAll(/^SF:(.+)$([\s\S]*?)^end_of_record$/gm)) {
    const count = (key: string) => Number(record!.match(new RegExp(`^${key}:(\\d+)$`, 'm'))?.[1] ?? 0)
    imported.set(file!, { found: count('LF'), hit: count('LH') })
  }
  const total = { found: 0, hit: 0 }
  for (const file of [...new Bun.Glob('{src,web}/**/*.{ts,tsx}').scanSync()].sort()) {
    if (/\.test\.tsx?$/.test(file) || notCovered.includes(file)) continue
    const { found, hit } = imported.get(file) ?? { found: await codeLines(file), hit: 0 }
    total.found += found
    total.hit += hit
    if (hit < (minCoverage / 100) * found) console.log(`${percent(hit, found).padStart(6)} %  ${file}`)
  }
  console.log(`${percent(total.hit, total.found).padStart(6)} %  of ${total.found} lines`)
  if (total.found > 0 && total.hit >= (minCoverage / 100) * total.found) return { passed: 1, failed: 0 }
  const covered = `${percent(total.hit, total.found)} % of the lines in src/ and web/`
  throw new Error(`the tests cover ${covered}; the minimum is ${minCoverage} %.`)
}

/** Rounds down, so that a value below the minimum never looks sufficient. */
function percent(part: number, whole: number): string {
  return (Math.floor((1000 * part) / Math.max(whole, 1)) / 10).toFixed(1)
}

/** Counts executable lines, without types and comments. */
async function codeLines(file: string): Promise<number> {
  const transpiler = new Bun.Transpiler({ loader: file.endsWith('.tsx') ? 'tsx' : 'ts' })
  const script = transpiler.transformSync(await Bun.file(file).text())
  return script.split('\n').filter((line) => line.trim()).length
}

async function serverUrls() {
  servers ??= testServers()
  const { databaseUrl, redisUrl } = await servers
  return { TEST_DATABASE_URL: databaseUrl, TEST_REDIS_URL: redisUrl }
}

/** Detached, so that Ctrl-C is forwarded only once: Playwright aborts on a second one. */
function start(command: string[], env: Record<string, string>, output: 'inherit' | 'pipe' = 'inherit') {
  const child = Bun.spawn(command, {
    env: { ...process.env, CI: 'true', TEST_SERVER: 'dist/server/main.js', ...env },
    stdio: ['ignore', output, output],
    detached: true,
    timeout: stepTimeoutMs,
  })
  children.add(child)
  child.exited.then(() => children.delete(child))
  return child
}

/** @throws when the process ran into its time limit */
async function exitCode(child: Bun.Subprocess): Promise<number> {
  const code = await child.exited
  if (child.signalCode && !stopping)
    throw new Error(`stopped by ${child.signalCode}; the limit is ${stepTimeoutMs / 60_000} minutes.`)
  return code
}

/** The text of an XML attribute. */
function unescaped(xml: string): string {
  const entities: Record<string, string> = { quot: '"', apos: "'", lt: '<', gt: '>', amp: '&' }
  return xml.replace(/&(\w+);/g, (entity, name) => entities[name] ?? entity)
}

async function interrupted(signal: NodeJS.Signals) {
  stopping = true
  for (const child of children) child.kill('SIGINT')
  await Promise.race([Promise.all([...children].map((child) => child.exited)), Bun.sleep(5000)])
  for (const child of children) child.kill('SIGKILL')
  await (await servers?.catch(() => undefined))?.stop()
  console.error(`\nStopped by ${signal}.`)
  process.exit(130)
}
