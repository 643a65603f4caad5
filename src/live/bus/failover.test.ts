import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { type RedisSet, startRedisCluster, startRedisSentinel } from '../../../scripts/redis-servers.ts'
import type { Server } from '../../../scripts/servers.ts'
import { openRedis } from '../../../test/support/redis.ts'
import { openRateLimits } from '../../http/rate-limits.ts'
import type { Bus, BusMessage } from './bus.ts'
import { redisBus } from './redis.ts'
import { checkRights } from './redis-rights.ts'
import type { RedisServers } from './redis-servers.ts'
import { slotOf } from './redis-slot.ts'

const log = { warn() {} }
const USERS = Array.from({ length: 30 }, (_, index) => index + 1)
const message = (seq: number): BusMessage => ({ event: { type: 'read', with: 'ada', seq }, at: 0 })

setDefaultTimeout(180_000)

/** Resolves when the buses work. */
async function recovered(...buses: Bus[]): Promise<void> {
  const works = () =>
    Promise.all(buses.map((bus) => bus.ping())).then(
      () => true,
      () => false,
    )
  while (!(await works())) await new Promise((resolve) => setImmediate(resolve))
}

describe.each([
  { name: 'Sentinel', start: startRedisSentinel },
  { name: 'a cluster', start: startRedisCluster },
])('a bus over $name', ({ start }) => {
  let set: RedisSet
  let servers: RedisServers[]
  let here: Bus
  let there: Bus
  /** The arrived messages, except `events-lost`. */
  const arrived = new Map<number, number[]>()
  let onArrival = () => {}

  beforeAll(async () => {
    set = await start()
    servers = await Promise.all([openRedis(set.url), openRedis(set.url)])
    ;[here, there] = (await Promise.all(servers.map((one) => redisBus(one, log, { every: 500 })))) as [
      Bus,
      Bus,
    ]
    await Promise.all(USERS.map((user) => here.subscribe(user, receiverOf(user))))
    await Promise.all(USERS.map((user) => there.subscribe(user, () => {})))
  })
  afterAll(async () => {
    await Promise.all([here.close(), there.close()])
    for (const one of servers) one.destroy()
    await set.stop()
  })

  const receiverOf = (user: number) => {
    arrived.set(user, [])
    return ({ event }: BusMessage) => {
      if ('seq' in event) arrived.get(user)!.push(event.seq)
      onArrival()
    }
  }
  /** Resolves when the message has arrived at all users. */
  const sendToAll = async (seq: number) => {
    const all = new Promise<void>((resolve) => {
      onArrival = () => USERS.every((user) => arrived.get(user)!.includes(seq)) && resolve()
    })
    await Promise.all(USERS.map((user) => there.publish(user, message(seq))))
    await all
  }
  const gap = () =>
    Promise.all([here, there].map((bus) => new Promise<void>((resolve) => bus.onGap(resolve))))

  test('delivers to all users, and counts limits once for all processes', async () => {
    await sendToAll(1)
    expect([...arrived.values()]).toEqual(USERS.map(() => [1]))
    const limits = servers.map((one) => openRateLimits(one))
    for (let n = 0; n < 10; n++) await limits[n % 2]!.take('signIn', `{ada}${n > 10}`)
    await expect(limits[0]!.take('signIn', '{ada}false')).rejects.toThrow('Too many')
    await limits[1]!.refund('signIn', '{ada}false')
    await limits[1]!.clear('signIn', '{ada}false')
    await limits[0]!.take('signIn', '{ada}false')
  })

  test('follows the new master after a kill, and reports the gap', async () => {
    const [victim] = await set.masters()
    const seenGap = gap()
    await victim!.kill()
    // Lost messages are announced after the failover.
    await Promise.allSettled(USERS.map((user) => there.publish(user, message(2))))
    await seenGap
    await recovered(here, there)
    await sendToAll(3)
    await victim!.restart()
    await set.settled()
    await recovered(here, there)
    await sendToAll(4)
  })

  test('follows the new master while the old one does not respond', async () => {
    const [victim] = await set.masters()
    const seenGap = gap()
    process.kill(victim!.pid, 'SIGSTOP')
    await seenGap
    await recovered(here, there)
    await sendToAll(5)
    process.kill(victim!.pid, 'SIGCONT')
    await set.settled()
    await recovered(here, there)
    await sendToAll(6)
  })

  test('follows a master that hands over to its replica', async () => {
    const seenGap = gap()
    await set.handOver()
    await seenGap
    await recovered(here, there)
    await sendToAll(7)
  })
})

describe('a bus over a cluster', () => {
  let set: RedisSet
  beforeAll(async () => {
    set = await startRedisCluster()
  })
  afterAll(() => set.stop())

  test('follows a slot that moves to another master', async () => {
    const servers = await openRedis(set.url)
    const bus = await redisBus(servers, log, { every: 1_000_000 })
    const slot = slotOf('user:{7}')
    const received: number[] = []
    let arrive = () => {}
    await bus.subscribe(7, ({ event }) => {
      if ('seq' in event) received.push(event.seq)
      arrive()
    })
    const from = servers.masterOf('user:{7}')
    const to = servers.masters.find((master) => master !== from)!
    const seenGap = new Promise<void>((resolve) => bus.onGap(resolve))
    const id = `${await to.client.sendCommand(['CLUSTER', 'MYID'])}`
    for (const { client } of [to, from, ...servers.masters])
      await client.sendCommand(['CLUSTER', 'SETSLOT', `${slot}`, 'NODE', id])
    await seenGap
    expect(servers.masterOf('user:{7}').name).toBe(to.name)
    const arrival = new Promise<void>((resolve) => {
      arrive = resolve
    })
    await bus.publish(7, message(1))
    await arrival
    expect(received).toEqual([1])
    // The move also reopens the subscriber of the old master.
    await recovered(bus)
    await bus.close()
    servers.destroy()
  })

  test('agrees with Redis on the slots of keys', async () => {
    const servers = await openRedis(set.url)
    const { client } = servers.masters[0]!
    for (const key of ['', 'a', 'user:{1}', '{user1}x', 'a{}b{c}', '{}{x}', 'ü{', '}{a}', '{{a}}'])
      expect([key, slotOf(key)]).toEqual([key, Number(await client.sendCommand(['CLUSTER', 'KEYSLOT', key]))])
    servers.destroy()
  })

  test('needs no more than the documented rights of a Redis user', async () => {
    const admin = await openRedis(set.url)
    const rights =
      '+spublish +ssubscribe +sunsubscribe +eval +set +incrby +pttl +del +cluster|slots +cluster|info'
    const user = ['chat', 'reset', 'on', '>secret', '~chatapp:*', '&user:*', '&probe:*', ...rights.split(' ')]
    const setUser = (...rules: string[]) =>
      Promise.all(admin.masters.map(({ client }) => client.sendCommand(['ACL', 'SETUSER', ...rules])))
    await setUser(...user)
    const limited = await openRedis(set.url.replace(/:[^:@]+@/, 'chat:secret@'))
    await checkRights(limited, { user: 'chat', limitsPrefix: 'chatapp' })
    await setUser('chat', '-ssubscribe')
    await expect(checkRights(limited, { user: 'chat', limitsPrefix: 'chatapp' })).rejects.toThrow(
      'Grant them with ACL SETUSER chat +ssubscribe',
    )
    limited.destroy()
    admin.destroy()
  })

  test('is refused for a redis:// URL, which would reach one node only', async () => {
    const [node] = set.nodes as [Server]
    await expect(openRedis(node.url)).rejects.toThrow(
      'REDIS_URL names a node of a Redis Cluster. Write redis+cluster://host:port',
    )
  })
})
