import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

type Held = (bytes: string, reply: boolean, from: Socket) => boolean

/** A relay to Redis or MySQL that can be cut, go silent, or hold back data in either direction. */
export async function openWire(to: string) {
  const target = new URL(to)
  const ends = new Set<Socket>()
  const servers = new Set<Socket>()
  const frozen = new Set<Socket>()
  const injected = new Map<Socket, () => void>()
  let held: { is: Held; seen(): void; parked: (() => void)[] } | null = null
  const pass = (from: Socket, on: Socket, reply: boolean) => {
    ends.add(from)
    from.on('error', () => {}).on('close', () => on.destroy())
    from.on('data', (bytes) => {
      if (frozen.has(from)) return
      const onReply = injected.get(from)
      if (onReply) {
        injected.delete(from)
        return onReply()
      }
      if (!held?.is(`${bytes}`, reply, from)) return on.write(bytes)
      held.parked.push(() => on.write(bytes))
      held.seen()
    })
  }
  const server = createServer((near) => {
    const far = connect(Number(target.port), target.hostname)
    servers.add(far)
    far.on('close', () => servers.delete(far))
    pass(near, far, false)
    pass(far, near, true)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = new URL(to)
  url.port = `${(server.address() as AddressInfo).port}`
  const hold = (is: Held) =>
    new Promise<void>((seen) => {
      held = { is, seen, parked: [] }
    })
  return {
    url: url.href,
    /** Holds back the command and all later requests. Resolves when it was sent. */
    holdBack(command: string) {
      let from = false
      return hold((bytes, reply) => {
        from ||= !reply && bytes.toLowerCase().includes(command)
        return from && !reply
      })
    },
    /** Like `holdBack`, but only on the first connection that sends the command. */
    holdBackOne(command: string) {
      let only: Socket | undefined
      return hold((bytes, reply, from) => {
        if (!only && !reply && bytes.toLowerCase().includes(command)) only = from
        return from === only
      })
    },
    /** Holds back the reply to the command. Resolves when it arrives. */
    holdReplyTo(command: string) {
      let wasSent = false
      return hold((bytes, reply) => {
        wasSent ||= !reply && bytes.toLowerCase().includes(command)
        return wasSent && reply
      })
    },
    /** Holds back all replies. Resolves when the first arrives. */
    holdReplies: () => hold((_, reply) => reply),
    letGo() {
      for (const send of held?.parked ?? []) send()
      held = null
    },
    /** Silently drops all data on existing connections. New connections work. */
    freeze() {
      for (const end of ends) frozen.add(end)
    },
    /** Injects a command on each connection and hides the reply. Resolves when Redis has replied. */
    async slip(command: string) {
      await Promise.all(
        [...servers].map((far) => {
          const { promise, resolve } = Promise.withResolvers<void>()
          injected.set(far, resolve)
          far.write(`${command}\r\n`)
          return promise
        }),
      )
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
