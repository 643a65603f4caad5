import { describe, expect, setDefaultTimeout, test } from 'bun:test'
import { type Backend, mysql, sqlite } from '../../test/support/chat.ts'
import { openSocket, startServer } from '../../test/support/server.ts'
import { paths } from '../../web/paths.ts'
import { CLOSE } from '../live/hub.ts'

// Starting processes is slow on a busy machine.
setDefaultTimeout(180_000)

const shared: Backend = {
  name: 'SQLite and Redis',
  settings: () => ({ ...sqlite.settings(), REDIS_URL: process.env.TEST_REDIS_URL! }),
}

describe.each([mysql, shared])('processes that share a port, on $name', (backend) => {
  test('exchange events, and are restarted when they exit', async () => {
    const server = await startServer(backend, { PROCESSES: '2', RATE_LIMITS: 'off', LOG_LEVEL: 'info' })
    const [ada, bob] = await Promise.all(['ada', 'bob'].map(server.signUp))
    // The kernel distributes the connections: of ten, each process gets some.
    const sockets = await Promise.all(Array.from({ length: 10 }, () => openSocket(server, ada!)))
    const streams = await Promise.all(Array.from({ length: 10 }, () => ada!.events()))
    const sent = await Promise.all(
      Array.from({ length: 12 }, async (_, n) => {
        const answer = await bob!.fetch(paths.api.messages('ada'), {
          method: 'POST',
          // A new connection for each request.
          headers: { 'content-type': 'application/json', connection: 'close' },
          body: JSON.stringify({ body: `${n}` }),
        })
        return ((await answer.json()) as { id: string }).id
      }),
    )
    for (const { next } of [...sockets, ...streams]) {
      const received = await Promise.all(sent.map(() => next()))
      expect(received.map((event) => 'id' in event && event.id).toSorted()).toEqual(sent.toSorted())
    }

    const { pid } = JSON.parse(await server.process.line('"ready"'))
    process.kill(pid, 'SIGKILL')
    await Promise.race(sockets.map(({ closed }) => closed))
    expect(JSON.parse(await server.process.line('a process exited'))).toMatchObject({ signal: 'SIGKILL' })
    await server.process.line('a process was restarted')
    const { id } = await bob!.say(ada!, 'Who is still there?')
    const left = await Promise.all(
      sockets.map(({ next }) =>
        next().then(
          (event) => 'id' in event && event.id,
          () => null,
        ),
      ),
    )
    expect(new Set(left)).toEqual(new Set([id, null]))

    const { code, stdout, stderr } = await server.close()
    expect([code, stderr]).toEqual([0, ''])
    expect(stdout.match(/ChatApp: /g)).toHaveLength(1)
    expect(stdout.match(/RATE_LIMITS is off/g)).toHaveLength(1)
    expect(stdout).toContain('"migrations":')
  })
})

describe('a running cluster', async () => {
  const server = await startServer(shared, { PROCESSES: '2' })

  test('keeps its port from a second one', async () => {
    const { port } = new URL(server.origin)
    const late = await startServer(shared, { PROCESSES: '2', PORT: port }).catch((error: Error) => error)
    expect(String(late)).toContain(
      `Port ${port} on localhost is in use. Stop the other program, or set PORT.`,
    )
  })

  test('ends its child processes when the parent is killed', async () => {
    const ada = await server.signUp('ada')
    const sockets = await Promise.all(Array.from({ length: 4 }, () => openSocket(server, ada)))
    await server.process.stop('SIGKILL')
    expect(await Promise.all(sockets.map(({ closed }) => closed))).toEqual(Array(4).fill(CLOSE.goingAway))
    await server.close()
  })
})
