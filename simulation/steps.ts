import fc from 'fast-check'
import type { NoteFate } from './bus.ts'
import type { DiskState } from './disk.ts'
import type { LinkState, RequestFate } from './network.ts'
import { burst, edit } from './others.ts'
import { endSession } from './people.ts'
import type { CrashPoint } from './process.ts'
import type { World } from './world.ts'

/** One thing that happens. Numbers choose among what is there. */
export type Step =
  | { step: 'send' | 'read' | 'scroll back' | 'reload' | 'close' | 'crash'; tab: number }
  | { step: 'freeze' | 'suspend' | 'thaw'; tab: number }
  | { step: 'open' | 'browser crashes'; browser: number }
  | { step: 'time passes'; ms: number }
  | { step: 'network'; browser: number; is: LinkState }
  | { step: 'requests'; browser: number; fates: RequestFate[] }
  | { step: 'sockets'; browser: number; blocked: boolean }
  | { step: 'disk'; browser: number; is: DiskState }
  | { step: 'session'; browser: number; is: 'signed out' | 'run out' }
  | { step: 'clock'; of: 'browser' | 'process'; n: number; ahead: number }
  | { step: 'notes'; fates: NoteFate[] }
  | { step: 'bus'; away: boolean }
  | { step: 'process'; n: number; does: 'crash' | 'start' | 'stop' | 'go deaf' | 'hear' | CrashPoint }
  | { step: 'transactions'; n: number; take: number }
  | { step: 'edit'; n: number }
  | { step: 'burst' }

const n = fc.nat(11)
const one = <T extends string | number | boolean>(...of: T[]) => fc.constantFrom(...of)
const HOUR = 3_600_000

const often = <T>(weight: number, step: { [K in keyof T]: fc.Arbitrary<T[K]> }) => ({
  weight,
  arbitrary: fc.record(step),
})
const when = <S extends string>(step: S) => fc.constant(step)

/** What may happen. `lossless`: no event may be lost without a word. */
export function steps(lossless: boolean): fc.Arbitrary<Step[]> {
  const noteFates: NoteFate[] = ['well', 'doubled', 'late', ...(lossless ? [] : ['dropped' as const])]
  const requestFate = one<RequestFate>('well', 'lost on the way there', 'lost on the way back', 'late')
  const crashes: CrashPoint[] = ['before the commit', ...(lossless ? [] : ['after the commit' as const])]
  const some = <T>(of: fc.Arbitrary<T>) => fc.array(of, { minLength: 1, maxLength: 5 })
  const step = fc.oneof(
    often(30, { step: when('send'), tab: n }),
    often(20, { step: when('time passes'), ms: one(0, 5, 10, 30, 200, 1000, 7000, 50_000) }),
    often(12, { step: one('read', 'scroll back'), tab: n }),
    often(9, { step: one('freeze', 'suspend', 'thaw'), tab: n }),
    often(6, { step: one('reload', 'close', 'crash'), tab: n }),
    often(6, { step: one('open', 'browser crashes'), browser: n }),
    often(12, { step: when('network'), browser: n, is: one<LinkState>('well', 'slow', 'cut', 'silent') }),
    often(12, { step: when('requests'), browser: n, fates: some(requestFate) }),
    often(3, { step: when('sockets'), browser: n, blocked: one(true, true, false) }),
    often(3, { step: when('disk'), browser: n, is: one<DiskState>('well', 'slow', 'full') }),
    often(3, { step: when('session'), browser: n, is: one('signed out', 'run out') }),
    often(3, {
      step: when('clock'),
      of: one('browser', 'process'),
      n,
      ahead: one(-HOUR, -2000, 0, 2000, HOUR),
    }),
    often(9, { step: when('notes'), fates: some(one(...noteFates)) }),
    often(6, { step: when('bus'), away: one(true, false) }),
    often(12, {
      step: when('process'),
      n,
      does: one('crash', 'start', 'stop', 'go deaf', 'hear', ...crashes),
    }),
    often(lossless ? 0 : 3, { step: when('transactions'), n, take: one(0, 20, 3000) }),
    often(8, { step: when('edit'), n: fc.nat(60) }),
    often(1, { step: when('burst') }),
  ) as fc.Arbitrary<Step>
  return fc.array(step, { minLength: 1, maxLength: 30, size: 'max' })
}

/** Lets it happen, as far as it can. Nothing is waited for: that takes time, which is another step. */
export async function take(world: World, step: Step): Promise<void> {
  const { lab } = world
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
        page.thread.setReaderAtEnd(true)
        tab.readUpTo = seq
        page.read(tab.person.username, seq)
      })
      break
    case 'scroll back':
      tab?.input(() => {
        page?.thread.setReaderAtEnd(false)
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
      else lab.processes[step.n % 2]!.ahead = step.ahead
      break
    case 'notes':
      lab.bus.fates = [...step.fates]
      break
    case 'bus':
      if (lab.bus.away !== step.away) lab.bus.setAway(step.away)
      break
    case 'process':
      act(world, step)
      break
    case 'transactions':
      lab.processes[step.n % 2]!.stall = step.take
      break
    case 'edit':
      await edit(world, step.n)
      break
    case 'burst':
      void world.time.work(() => burst(world)).catch(() => {})
  }
}

function act({ lab }: World, { n, does }: Extract<Step, { step: 'process' }>): void {
  const process = lab.processes[n % 2]!
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
    case 'go deaf':
    case 'hear':
      if (isUp && !lab.bus.away) process.end.setDeaf(does === 'go deaf')
      break
    default:
      if (isUp) process.crashAt = does
  }
}
