import { readConfig } from '../process/config.ts'
import { openDeps } from '../process/deps.ts'
import { openLog } from '../process/log.ts'
import { runCli } from '../process/startup.ts'

/** `bun run migrate`: brings the tables up to date and ends, for those who want that before the start. */
await runCli(async () => {
  const config = readConfig(process.env)
  const deps = await openDeps(config, await openLog(config))
  await deps.close()
  console.log('The tables are up to date.')
})
