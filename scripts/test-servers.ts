// Preloaded by each `bun test` (bunfig.toml): starts a MariaDB and a Redis that end with this process, unless
// TEST_BACKENDS=sqlite says that the tests need neither.
import { testServers } from './servers.ts'

if (process.env.TEST_BACKENDS !== 'sqlite') {
  const servers = await testServers().catch((error) => {
    console.error(error.message)
    process.exit(1)
  })
  process.env.TEST_DATABASE_URL = servers.databaseUrl
  process.env.TEST_REDIS_URL = servers.redisUrl
}
