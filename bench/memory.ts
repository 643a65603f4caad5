import { idleConnections } from './connections.ts'
import type { Row } from './table.ts'

/** Measures the server's memory per idle live connection. Linux only. */
export async function memory({ quick }: { quick: boolean }): Promise<Row[]> {
  const count = quick ? 100 : 10_000
  const rows: Row[] = []
  for (const [transport, name] of [
    ['websocket', 'WebSocket'],
    ['sse', 'event stream'],
  ] as const) {
    const app: number[] = []
    for (let round = 0; round < (quick ? 1 : 2); round++) {
      const { bytes } = await idleConnections({ count, transport, quick })
      app.push(bytes / 1024)
    }
    const what = `memory per idle ${name} at ${count.toLocaleString('en')}`
    rows.push({ what, unit: 'KB', app, budget: { atMost: 8 } })
  }
  return rows
}
