// Preloaded by `bun test` (bunfig.toml): starts MariaDB and Redis for the lifetime of this process, unless
// TEST_BACKENDS=sqlite.
import { testServers } from './servers.ts'

if (process.env.TEST_BACKENDS !== 'sqlite') {
  const servers = await testServers().catch((error) => {
    console.error(error.message)
    process.exit(1)
  })
  process.env.TEST_DATABASE_URL = servers.databaseUrl
  process.env.TEST_REDIS_URL = servers.redisUrl
}
