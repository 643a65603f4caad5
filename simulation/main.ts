/** Runs worlds in a child process of the tests: takes the options of {@link simulate} and prints the failure, both as JSON. */
import { sqlite } from '../test/support/chat.ts'
import { openLab } from './lab.ts'
import { simulate } from './simulate.ts'

const lab = await openLab(sqlite)
const failure = await simulate(lab, JSON.parse(process.argv[2] ?? '{"runs":1000}'))
await lab.close()
console.log(JSON.stringify(failure))
