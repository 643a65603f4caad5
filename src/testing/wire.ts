import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/** A way to Redis that can be cut, and that can hold back what is sent over it. */
export async function openWire(to: string) {
  const target = new URL(to)
  const ends = new Set<Socket>()
  let held: { command: string; seen(): void; parked: (() => void)[] } | null = null
  const server = createServer((near) => {
    const far = connect(Number(target.port), target.hostname)
    for (const [end, other] of [
      [near, far],
      [far, near],
    ] as const) {
      ends.add(end)
      end.on('error', () => {}).on('close', () => other.destroy())
    }
    far.on('data', (bytes) => near.write(bytes))
    near.on('data', (bytes) => {
      if (!held || !(held.parked.length || `${bytes}`.toLowerCase().includes(held.command)))
        return far.write(bytes)
      held.parked.push(() => far.write(bytes))
      held.seen()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = new URL(to)
  url.port = `${(server.address() as AddressInfo).port}`
  return {
    url: url.href,
    /** Resolves when the command was sent, which goes no further then, nor what comes after it. */
    holdBack: (command: string) =>
      new Promise<void>((seen) => {
        held = { command, seen, parked: [] }
      }),
    letGo() {
      for (const send of held?.parked ?? []) send()
      held = null
    },
    cut() {
      for (const end of ends) end.destroy()
      ends.clear()
    },
    close() {
      server.close()
    },
  }
}
