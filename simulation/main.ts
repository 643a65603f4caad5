/** Runs worlds in a child process of the tests: takes the options of {@link simulate} and prints the failure, both as JSON. */
import { sqlite } from '../test/support/chat.ts'
import { openEnvironment } from './environment.ts'
import { simulate } from './simulate.ts'

const environment = await openEnvironment(sqlite)
const failure = await simulate(environment, JSON.parse(process.argv[2] ?? '{"runs":1000}'))
await environment.close()
console.log(JSON.stringify(failure))
