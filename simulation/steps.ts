import fc from 'fast-check'
import type { MessageFate } from './bus.ts'
import type { DiskState } from './disk.ts'
import type { LinkState, RequestFate } from './network.ts'
import { endSession } from './people.ts'
import type { CrashPoint } from './process.ts'
import { burst, edit } from './traffic.ts'
import type { World } from './world.ts'

/** One step of a world. Numbers select an existing item by index, modulo the count. */
export type Step =
  | { step: 'send' | 'read' | 'scroll back' | 'reload' | 'close' | 'crash'; tab: number }
  | { step: 'freeze' | 'suspend' | 'thaw'; tab: number }
  | { step: 'open' | 'browser crashes'; browser: number }
  | { step: 'time passes'; ms: number }
  | { step: 'network'; browser: number; is: LinkState }
  | { step: 'requests'; browser: number; fates: RequestFate[] }
  | { step: 'sockets'; browser: number; blocked: boolean }
  | { step: 'disk'; browser: number; is: DiskState }
  | { step: 'session'; browser: number; is: 'signed out' | 'expired' }
  | { step: 'clock'; of: 'browser' | 'process'; n: number; ahead: number }
  | { step: 'bus messages'; fates: MessageFate[] }
  | { step: 'bus'; isDown: boolean }
  | {
      step: 'process'
      n: number
      does: 'crash' | 'start' | 'stop' | 'lose the bus' | 'regain the bus' | CrashPoint
    }
  | { step: 'transactions'; n: number; take: number }
  | { step: 'replica'; n: number; lag: number }
  | { step: 'edit'; n: number }
  | { step: 'burst' }

const n = fc.nat(11)
const one = <T extends string | number | boolean>(...of: T[]) => fc.constantFrom(...of)
const HOUR = 3_600_000

const weighted = <T>(weight: number, step: { [K in keyof T]: fc.Arbitrary<T[K]> }) => ({
  weight,
  arbitrary: fc.record(step),
})
const only = <S extends string>(step: S) => fc.constant(step)

/** Generates sequences of steps. `lossless`: no event is lost silently. */
export function steps(lossless: boolean): fc.Arbitrary<Step[]> {
  const messageFates: MessageFate[] = [
    'delivered',
    'duplicated',
    'delayed',
    ...(lossless ? [] : ['dropped' as const]),
  ]
  const requestFate = one<RequestFate>('delivered', 'request lost', 'response lost', 'delayed')
  const crashes: CrashPoint[] = ['before the commit', ...(lossless ? [] : ['after the commit' as const])]
  const some = <T>(of: fc.Arbitrary<T>) => fc.array(of, { minLength: 1, maxLength: 5 })
  const step = fc.oneof(
    weighted(30, { step: only('send'), tab: n }),
    weighted(20, { step: only('time passes'), ms: one(0, 5, 10, 30, 200, 1000, 7000, 50_000) }),
    weighted(12, { step: one('read', 'scroll back'), tab: n }),
    weighted(9, { step: one('freeze', 'suspend', 'thaw'), tab: n }),
    weighted(6, { step: one('reload', 'close', 'crash'), tab: n }),
    weighted(6, { step: one('open', 'browser crashes'), browser: n }),
    weighted(12, { step: only('network'), browser: n, is: one<LinkState>('ok', 'slow', 'cut', 'silent') }),
    weighted(12, { step: only('requests'), browser: n, fates: some(requestFate) }),
    weighted(3, { step: only('sockets'), browser: n, blocked: one(true, true, false) }),
    weighted(3, { step: only('disk'), browser: n, is: one<DiskState>('ok', 'slow', 'full') }),
    weighted(3, { step: only('session'), browser: n, is: one('signed out', 'expired') }),
    weighted(3, {
      step: only('clock'),
      of: one('browser', 'process'),
      n,
      ahead: one(-HOUR, -2000, 0, 2000, HOUR),
    }),
    weighted(9, { step: only('bus messages'), fates: some(one(...messageFates)) }),
    weighted(6, { step: only('bus'), isDown: one(true, false) }),
    weighted(12, {
      step: only('process'),
      n,
      does: one('crash', 'start', 'stop', 'lose the bus', 'regain the bus', ...crashes),
    }),
    weighted(lossless ? 0 : 3, { step: only('transactions'), n, take: one(0, 20, 3000) }),
    weighted(8, { step: only('edit'), n: fc.nat(60) }),
    weighted(1, { step: only('burst') }),
  ) as fc.Arbitrary<Step>
  return fc.array(step, { minLength: 1, maxLength: 30, size: 'max' })
}

/**
 * Generates sequences of steps for worlds in which the database nodes lag. Connections stay, because a page can't know at a
 * reconnect that the node it reads from lags.
 */
export const laggingSteps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    weighted(30, { step: only('send'), tab: n }),
    weighted(20, { step: only('time passes'), ms: one(0, 5, 30, 200, 1000, 7000) }),
    weighted(12, { step: one('read', 'scroll back'), tab: n }),
    weighted(8, { step: only('edit'), n: fc.nat(60) }),
    weighted(2, { step: only('burst') }),
    weighted(20, { step: only('replica'), n, lag: one(0, 30, 300, 5000) }),
    weighted(4, { step: only('network'), browser: n, is: one<LinkState>('ok', 'slow') }),
    weighted(6, {
      step: only('bus messages'),
      fates: fc.array(one<MessageFate>('delivered', 'duplicated', 'delayed')),
    }),
  ) as fc.Arbitrary<Step>,
  { minLength: 1, maxLength: 30, size: 'max' },
)

/** Performs the step if possible. Does not wait for its effects: passing time is a separate step. */
export async function runStep(world: World, step: Step): Promise<void> {
  const { environment } = world
  const browser = (index: number) => world.browsers[index % world.browsers.length]!
  const tab = 'tab' in step ? world.tabs[step.tab % (world.tabs.length || 1)] : undefined
  const page = tab?.page
  const { step: what, ...how } = step
  world.trace(tab?.name ?? '', [what, ...Object.values(how)].join(' '))
  switch (step.step) {
    case 'send':
      tab?.say()
      break
    case 'read':
      tab?.input(() => {
        const seq = page?.thread.view().messages.at(-1)?.seq
        if (!seq) return
        page.thread.setAtEnd(true)
        tab.readUpTo = seq
        page.read(tab.person.username, seq)
      })
      break
    case 'scroll back':
      tab?.input(() => {
        page?.thread.setAtEnd(false)
        page?.thread.loadEarlier().catch(() => {})
      })
      break
    case 'freeze':
      tab?.freeze()
      break
    case 'suspend':
      tab?.suspend()
      break
    case 'thaw':
      tab?.thaw()
      break
    case 'reload':
      if (tab) tab.browser.reload(tab)
      break
    case 'close':
      if (tab) tab.browser.close(tab)
      break
    case 'crash':
      if (tab) tab.browser.crash(tab)
      break
    case 'open': {
      const at = browser(step.browser)
      if (at.tabs.length < 3) at.open(world.partnerOf(at.person))
      break
    }
    case 'browser crashes':
      for (const tab of browser(step.browser).tabs) tab.browser.crash(tab)
      break
    case 'time passes':
      await world.time.pass(step.ms)
      break
    case 'network':
      browser(step.browser).network(step.is)
      break
    case 'requests':
      browser(step.browser).link.fates = [...step.fates]
      break
    case 'sockets':
      browser(step.browser).link.blocksSockets = step.blocked
      break
    case 'disk':
      browser(step.browser).disk.state = step.is
      break
    case 'session':
      void endSession(world, browser(step.browser), step.is)
      break
    case 'clock':
      if (step.of === 'browser') browser(step.n).ahead = step.ahead
      else environment.processes[step.n % 2]!.ahead = step.ahead
      break
    case 'bus messages':
      environment.bus.fates = [...step.fates]
      break
    case 'bus':
      if (environment.bus.isDown !== step.isDown) environment.bus.setDown(step.isDown)
      break
    case 'process':
      changeProcess(world, step)
      break
    case 'transactions':
      environment.processes[step.n % 2]!.stall = step.take
      break
    case 'replica':
      await environment.processes[step.n % 2]!.replica.setLag(step.lag)
      break
    case 'edit':
      await edit(world, step.n)
      break
    case 'burst':
      void world.time.work(() => burst(world)).catch(() => {})
  }
}

function changeProcess({ environment }: World, { n, does }: Extract<Step, { step: 'process' }>): void {
  const process = environment.processes[n % 2]!
  const isUp = process.state === 'up'
  switch (does) {
    case 'crash':
      if (isUp) process.crash()
      break
    case 'start':
      if (process.state === 'down') process.start()
      break
    case 'stop':
      if (isUp) void process.stop()
      break
    case 'lose the bus':
    case 'regain the bus':
      if (isUp && !environment.bus.isDown) process.busClient.setDisconnected(does === 'lose the bus')
      break
    default:
      if (isUp) process.crashAt = does
  }
}
