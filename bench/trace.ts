import type { CDPSession } from 'playwright'

/** Milliseconds of CPU time. Style and layout that a script forces are not in `script`; `all` is everything. */
export type MainThreadTimes = { script: number; style: number; layout: number; all: number }

/** A complete event of Chromium's trace. Times are in microseconds; `tdur` is the CPU time. */
type TraceEvent = {
  name: string
  ph: string
  pid: number
  tid: number
  ts: number
  dur: number
  tdur?: number
}

/** `ScriptDuration` of `Performance.getMetrics` omits what runs in microtasks: all code after an `await`. */
const KINDS: Record<string, Exclude<keyof MainThreadTimes, 'all'>> = {
  FunctionCall: 'script',
  EvaluateScript: 'script',
  RunMicrotasks: 'script',
  UpdateLayoutTree: 'style',
  Layout: 'layout',
}
const TASK = 'RunTask'

/** Records what the main thread of the page does, until `stop`. */
export async function traceMainThread(cdp: CDPSession): Promise<{ stop(): Promise<MainThreadTimes> }> {
  const events: TraceEvent[] = []
  const collect = ({ value }: { value: object[] }) => void events.push(...(value as TraceEvent[]))
  const { promise: complete, resolve } = Promise.withResolvers<void>()
  cdp.on('Tracing.dataCollected', collect)
  cdp.once('Tracing.tracingComplete', () => resolve())
  await cdp.send('Tracing.start', {
    transferMode: 'ReportEvents',
    traceConfig: {
      includedCategories: ['devtools.timeline', 'disabled-by-default-devtools.timeline', 'v8.execute'],
      excludedCategories: ['*'],
    },
  })
  return {
    async stop() {
      await cdp.send('Tracing.end')
      await complete
      cdp.off('Tracing.dataCollected', collect)
      return timesOf(events)
    },
  }
}

function timesOf(events: readonly TraceEvent[]): MainThreadTimes {
  const main = events.find(({ name }) => name === 'Layout')
  const ordered = events
    .filter(({ ph, pid, tid }) => ph === 'X' && pid === main?.pid && tid === main.tid)
    .filter(({ name }) => name === TASK || Object.hasOwn(KINDS, name))
    .toSorted((a, b) => a.ts - b.ts || b.dur - a.dur)
  const times: MainThreadTimes = { script: 0, style: 0, layout: 0, all: 0 }
  const open: TraceEvent[] = []
  for (const event of ordered) {
    while (open.length > 0 && open.at(-1)!.ts + open.at(-1)!.dur <= event.ts) open.pop()
    const time = (event.tdur ?? event.dur) / 1000
    const [kind, outer] = [KINDS[event.name], KINDS[open.at(-1)?.name ?? '']]
    if (kind) times[kind] += time
    else times.all += time
    // The outer event contains the time of this one.
    if (outer) times[outer] -= time
    open.push(event)
  }
  return times
}
