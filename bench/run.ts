import { parseArgs } from 'node:util'
import { openServers } from './environment.ts'
import { history } from './history.ts'
import { memory } from './memory.ts'
import { page } from './page.ts'
import { people } from './people.ts'
import { sends } from './sends.ts'
import { size } from './size.ts'
import { start } from './start.ts'
import { type Row, table } from './table.ts'

/**
 * `bun run bench`: measures everything with a budget on its own servers and prints one table. `--only sends,size` selects
 * sections; `--quick` runs a short version of each as a smoke test.
 */
const SECTIONS: Record<string, (options: { quick: boolean }) => Promise<Row[]>> = {
  sends,
  history,
  people,
  memory,
  start,
  page,
  size,
}

const { values } = parse()
const wanted = values.only?.split(',') ?? Object.keys(SECTIONS)
const unknown = wanted.filter((name) => !Object.hasOwn(SECTIONS, name))
if (unknown.length > 0) {
  console.error(`Unknown section "${unknown.join('", "')}". Available: ${Object.keys(SECTIONS).join(', ')}.`)
  process.exit(2)
}
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130))

const servers = await openServers()
const rows: Row[] = []
for (const name of wanted) {
  const began = performance.now()
  try {
    rows.push(...(await SECTIONS[name]!({ quick: values.quick })))
    console.error(`${name}: ${((performance.now() - began) / 1000).toFixed()} s`)
  } catch (error) {
    // Keep the results of the other sections.
    console.error(`${name}:`, error)
    process.exitCode = 1
  }
}
await servers.stop()
console.log(table(rows))
// Pages of the benchmark may still retry requests to servers that have stopped.
process.exit()

function parse() {
  return parseArgs({ options: { only: { type: 'string' }, quick: { type: 'boolean', default: false } } })
}
