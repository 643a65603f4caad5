import { type App, createApp } from '../src/app.ts'
import type { Deps } from '../src/process/deps.ts'
import { openLog } from '../src/process/log.ts'
import { type Backend, openChat } from '../test/support/chat.ts'
import { SimulatedBus } from './bus.ts'
import { Process } from './process.ts'
import { Time } from './time.ts'

/** What outlives a world, because it takes long to make: one database, and processes on it that can start again. */
export type Lab = Awaited<ReturnType<typeof openLab>>

/** @param plant puts a bug in each process */
export async function openLab(backend: Backend, plant?: (deps: Deps, process: Process) => Deps) {
  const chat = await openChat(backend, { env: { MESSAGES_TO_LOAD: '5' } })
  // No machine loses power here.
  if (!chat.deps.config.databaseUrl)
    await chat.deps.orm.em.getConnection().execute('pragma synchronous = off')
  const time = new Time()
  let random = Math.random
  const bus = new SimulatedBus(time, () => random())
  const shared: Deps = {
    ...chat.deps,
    log: await openLog({ logLevel: 'silent' }),
    now: () => new Date(time.now()),
    // Cryptography runs beside the simulation, and would end in another order each time.
    tokens: { sign: async (_, key) => key, open: async (key) => ({ key, expiresAt: new Date(Time.END) }) },
  }
  const processes = ['one', 'two'].map((name) => new Process(name, shared, time, bus.end(), plant))
  const witness: App = createApp(shared)
  return {
    deps: shared,
    time,
    bus,
    processes,
    /** An app that nothing happens to. */
    witness,
    /** All as at first, but for what is in the database. */
    async reset(anew: () => number) {
      for (const process of processes) {
        process.crash()
        process.stall = process.ahead = 0
      }
      await time.reset()
      random = anew
      bus.reset()
      for (const process of processes) process.start()
    },
    close: () => chat.close(),
  }
}
