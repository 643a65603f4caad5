import { afterAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { hasGalera, startGalera } from '../../scripts/galera.ts'
import { checkWritable } from '../../src/database/orm.ts'
import { paths } from '../../web/paths.ts'
import { type Chat, mysql, openChat } from '../support/chat.ts'
import type { Person } from '../support/person.ts'

// Long enough to catch only a hang.
setDefaultTimeout(180_000)

describe.if(await hasGalera())('on a Galera cluster of three nodes', async () => {
  const cluster = await startGalera()
  const urls = cluster.nodes.map(({ url }) => `${url}/chatapp`)
  // Processes that start at once on an empty cluster, each on its own node.
  const { REDIS_URL } = mysql.settings()
  const env = { REDIS_URL: REDIS_URL!, JWT_SECRET: crypto.randomUUID() }
  const open = (url: string) => openChat(mysql, { env: { ...env, DATABASE_URL: url } })
  const chats = (await Promise.all(urls.map(open))) as [Chat, Chat, Chat]
  const ada = await chats[0].signUp('ada')
  const bob = await chats[0].signUp('bob')
  await ada.say(bob, 'first')
  /** The same person, at each process. */
  const everywhere = (person: Person) =>
    chats.map((chat) =>
      Object.assign(chat.stranger(), { token: person.token, username: person.username }),
    ) as [Person, Person, Person]
  const adas = everywhere(ada)
  afterAll(async () => {
    await Promise.all(chats.map((chat) => chat.close()))
    await cluster.stop()
  })

  test('processes that start together migrate once', async () => {
    for (const chat of chats) {
      const [{ n }] = await chat.deps.orm.em
        .fork()
        .execute<[{ n: number }]>('select count(*) as n from mikro_orm_migrations')
      expect(Number(n)).toBe(chat.deps.orm.config.get('migrations').migrationsList!.length)
    }
    const migrated = chats.filter(({ logged }) =>
      logged.some((line) => line.includes('tables were migrated')),
    )
    expect(migrated).toHaveLength(1)
  })

  test('a message sent to all nodes at once is stored once, and answered with 201 once', async () => {
    for (let round = 1; round <= 20; round++) {
      const message = { body: `round ${round}`, clientId: `round-${round}` }
      const sent = await Promise.all(adas.map((person) => person.post(paths.api.messages('bob'), message)))
      expect(sent.map(({ status }) => status).toSorted()).toEqual([200, 200, 201])
      expect(new Set(sent.map(({ body }) => body.id)).size).toBe(1)
    }
  })

  test('a read at another node sees what was acknowledged before', async () => {
    for (let round = 1; round <= 20; round++) {
      const { id } = await adas[round % 3]!.say(bob, `read ${round}`)
      expect((await adas[(round + 1) % 3]!.get(paths.api.message(id))).status).toBe(200)
    }
  })

  test('repeated sends among new ones leave all nodes alike', async () => {
    // More than fits into the node's buffer for the rows of a transaction.
    const body = 'x'.repeat(2000)
    const send = (clientId: string) => adas[0].post(paths.api.messages('bob'), { body, clientId })
    const fresh = Array.from({ length: 100 }, (_, n) => `again-${n}`)
    await send('again')
    const sent = await Promise.all([...fresh, 'again'].map(send))
    expect(sent.map(({ status }) => status)).toEqual([...fresh.map(() => 201), 200])
    for (const { deps } of chats) {
      const em = deps.orm.em.fork()
      const count = "select count(*) as n from message where client_id like 'again%'"
      expect(await em.execute(count)).toEqual([{ n: 101 }])
      const size = await em.execute("show status like 'wsrep_cluster_size'")
      expect(size).toMatchObject([{ Value: '3' }])
    }
  })

  test('a node without quorum is not ready and stores nothing, a start on it waits, and the others go on', async () => {
    const [isolated, others] = [chats[0], chats[1]]
    await using admin = new Bun.SQL(cluster.nodes[0]!.url, { max: 1 })
    await admin.unsafe(`set global wsrep_provider_options = 'gmcast.isolate=1'`)
    while (await isWritable(isolated));
    expect(await isolated.stranger().get(paths.ready)).toMatchObject({
      status: 503,
      body: { down: ['database'] },
    })
    const refused = await adas[0].post(paths.api.messages('bob'), { body: 'alone', clientId: 'alone' })
    expect([refused.status, Number(refused.headers.get('retry-after')) > 0]).toEqual([503, true])
    expect((await others.stranger().get(paths.ready)).status).toBe(200)
    expect((await adas[1].post(paths.api.messages('bob'), { body: 'on', clientId: 'on' })).status).toBe(201)
    const starting = open(urls[0]!)
    await admin.unsafe(`set global wsrep_provider_options = 'gmcast.isolate=0'`)
    await (await starting).close()
    while ((await isolated.stranger().get(paths.ready)).status !== 200);
    const again = await adas[0].post(paths.api.messages('bob'), { body: 'alone', clientId: 'alone' })
    expect(again.status).toBeOneOf([200, 201])
  })

  const isWritable = ({ deps }: Chat) =>
    checkWritable(deps.orm).then(
      () => true,
      () => false,
    )
})
