// Preloaded by each `bun test` (bunfig.toml), so that the tests always meet a real database and a real Redis,
// which end with this process.
import { testServers } from './servers.ts'

const servers = await testServers().catch((error) => {
  console.error(error.message)
  process.exit(1)
})
process.env.TEST_DATABASE_URL = servers.databaseUrl
process.env.TEST_REDIS_URL = servers.redisUrl
