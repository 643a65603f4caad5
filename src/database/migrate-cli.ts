import { readConfig } from '../process/config.ts'
import { openDeps } from '../process/deps.ts'
import { openLog } from '../process/log.ts'
import { runCli } from '../process/startup.ts'

/** `bun run migrate`: brings the tables up to date and exits, for operators who migrate before they start a new version. */
await runCli(async () => {
  const config = readConfig(process.env)
  const deps = await openDeps(config, await openLog(config))
  await deps.close()
  console.log('The tables are up to date.')
})
