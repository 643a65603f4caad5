import { randomUUID } from 'node:crypto'
import { ErrorReply } from 'redis'
import { StartError } from '../../http/errors.ts'
import type { RedisClient } from './redis-client.ts'
import type { RedisServers } from './redis-servers.ts'

/** No user has this ID. */
const NOBODY = 0

/**
 * Tries each command that the bus and the rate limits use, on channels and keys of their form, on every master.
 * @param user the name of the Redis user, if there is one
 * @param limitsPrefix the prefix of the keys of rate limits; null when they are off
 * @throws StartError that names all missing rights (ACL) of the Redis user
 */
export async function checkRights(
  { masters, isCluster }: Pick<RedisServers, 'masters' | 'isCluster'>,
  { user = 'default', limitsPrefix }: { user: string | undefined; limitsPrefix: string | null },
): Promise<void> {
  const missing = new Set<string>()
  await Promise.all(masters.map(({ client }) => tryAll(client)))
  if (missing.size === 0) return
  const rights = [...missing].join(' ')
  throw new StartError(`The Redis user ${user} lacks rights. Grant them with ACL SETUSER ${user} ${rights}`)

  async function tryAll(client: RedisClient): Promise<void> {
    const subscriber = client.duplicate()
    subscriber.on('error', () => {})
    await subscriber.connect()
    try {
      for (const channel of [isCluster ? `user:{${NOBODY}}` : `user:${NOBODY}`, `probe:${randomUUID()}`]) {
        const pattern = `&${channel.split(':')[0]}:*`
        const [publish, subscribe, unsubscribe] = isCluster
          ? (['spublish', 'ssubscribe', 'sunsubscribe'] as const)
          : (['publish', 'subscribe', 'unsubscribe'] as const)
        await attempt(publish, pattern, () => client.sendCommand([publish, channel, '']))
        await attempt(subscribe, pattern, () =>
          isCluster ? subscriber.sSubscribe(channel, () => {}) : subscriber.subscribe(channel, () => {}),
        )
        await attempt(unsubscribe, pattern, () =>
          isCluster ? subscriber.sUnsubscribe(channel) : subscriber.unsubscribe(channel),
        )
      }
    } finally {
      subscriber.destroy()
    }
    if (limitsPrefix === null) return
    const key = `${limitsPrefix}:probe:${randomUUID()}`
    const commands = [
      ['eval', 'return 0', '1', key],
      // Those that the scripts of the rate limits call.
      ['set', key, '0', 'EX', '1', 'NX'],
      ['incrby', key, '1'],
      ['pttl', key],
      ['del', key],
    ]
    for (const command of commands)
      await attempt(command[0]!, `~${limitsPrefix}:*`, () => client.sendCommand(command))
  }

  async function attempt(command: string, pattern: string, run: () => Promise<unknown>): Promise<void> {
    try {
      await run()
    } catch (error) {
      if (!(error instanceof ErrorReply)) throw error
      // Another node serves the channel or key.
      if (/^(?:MOVED|ASK) /.test(error.message)) return
      if (!error.message.startsWith('NOPERM')) throw error
      missing.add(/\b(?:key|channel)/.test(error.message) ? pattern : `+${command}`)
    }
  }
}
