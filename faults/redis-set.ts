import type { RedisSet } from '../scripts/redis-servers.ts'
import type { Server } from '../scripts/servers.ts'
import type { Kind } from './kinds.ts'
import type { RedisKind } from './system.ts'

/** Faults of Redis servers that take over from each other. Each one makes a replica the master. */
export const redisSetKinds: readonly Kind[] = [
  {
    name: 'Redis master killed',
    redis: 'set',
    async happen({ redisSet }, { random }) {
      const master = await pickMaster(redisSet!, random)
      await master.kill()
      await redisSet!.promoted()
      await master.restart()
      await redisSet!.settled()
    },
  },
  {
    name: 'Redis master paused',
    redis: 'set',
    async happen({ redisSet }, { random }) {
      const { pid } = await pickMaster(redisSet!, random)
      process.kill(pid, 'SIGSTOP')
      await redisSet!.promoted().finally(() => process.kill(pid, 'SIGCONT'))
      await redisSet!.settled()
    },
  },
  {
    name: 'Redis master handed over',
    redis: 'set',
    async happen({ redisSet }) {
      await redisSet!.handOver()
      await redisSet!.settled()
    },
  },
]

/** Whether the fault can be injected into the system. */
export function fitsRedis({ redis }: Kind, system: { redis: RedisKind }): boolean {
  return redis === undefined || (redis === 'one') === (system.redis === 'one')
}

async function pickMaster(set: RedisSet, random: () => number): Promise<Server> {
  const masters = await set.masters()
  return masters[Math.floor(random() * masters.length)]!
}
