import { type App, createApp } from '../src/app.ts'
import type { Deps } from '../src/process/deps.ts'
import { openLog } from '../src/process/log.ts'
import { type Backend, openChat } from '../test/support/chat.ts'
import { SimulatedBus } from './bus.ts'
import { type Plant, Process } from './process.ts'
import { Replica } from './replica.ts'
import { Time } from './time.ts'

/** The expensive parts that are reused between worlds: one database, and processes that can restart. */
export type Environment = Awaited<ReturnType<typeof openEnvironment>>

/** @param plant injects a bug into each process */
export async function openEnvironment(backend: Backend, plant?: Plant) {
  const chat = await openChat(backend, { env: { MESSAGES_TO_LOAD: '5' } })
  const time = new Time()
  let random = Math.random
  const bus = new SimulatedBus(time, () => random())
  const shared: Deps = {
    ...chat.deps,
    log: await openLog({ logLevel: 'silent' }),
    now: () => new Date(time.now()),
    // Real cryptography runs on other threads and would finish in a different order each time.
    tokens: { sign: async (_, key) => key, open: async (key) => ({ key, expiresAt: new Date(Time.END) }) },
  }
  const processes = await Promise.all(
    ['one', 'two'].map(async (name) => {
      const replica = await Replica.open(shared.config, time)
      return new Process(name, shared, time, { busClient: bus.connect(), replica, plant })
    }),
  )
  const witness: App = createApp(shared)
  return {
    deps: shared,
    time,
    bus,
    processes,
    /** An app without injected faults. */
    witness,
    /** Restores the initial state of everything but the database. */
    async reset(newRandom: () => number) {
      for (const process of processes) {
        process.crash()
        process.stall = process.ahead = 0
        await process.replica.setLag(0)
      }
      await time.reset()
      random = newRandom
      bus.reset()
      for (const process of processes) process.start()
    },
    async close() {
      for (const { replica } of processes) await replica.close()
      await chat.close()
    },
  }
}
