import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

type Held = (bytes: string, reply: boolean, from: Socket) => boolean

/** A way to Redis or MySQL that can be cut or go silent, and that can hold back what is sent over it, either way. */
export async function openWire(to: string) {
  const target = new URL(to)
  const ends = new Set<Socket>()
  const servers = new Set<Socket>()
  const frozen = new Set<Socket>()
  const slipped = new Map<Socket, () => void>()
  let held: { is: Held; seen(): void; parked: (() => void)[] } | null = null
  const pass = (from: Socket, on: Socket, reply: boolean) => {
    ends.add(from)
    from.on('error', () => {}).on('close', () => on.destroy())
    from.on('data', (bytes) => {
      if (frozen.has(from)) return
      const answered = slipped.get(from)
      if (answered) {
        slipped.delete(from)
        return answered()
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
    /** Resolves when the command was sent, which goes no further then, nor what comes after it. */
    holdBack(command: string) {
      let from = false
      return hold((bytes, reply) => {
        from ||= !reply && bytes.toLowerCase().includes(command)
        return from && !reply
      })
    },
    /** The same on one connection; the others go on. */
    holdBackOne(command: string) {
      let only: Socket | undefined
      return hold((bytes, reply, from) => {
        if (!only && !reply && bytes.toLowerCase().includes(command)) only = from
        return from === only
      })
    },
    /** Resolves when the command was answered, which nobody hears. */
    holdReplyTo(command: string) {
      let asked = false
      return hold((bytes, reply) => {
        asked ||= !reply && bytes.toLowerCase().includes(command)
        return asked && reply
      })
    },
    /** Resolves when Redis has answered, which nobody hears. */
    holdReplies: () => hold((_, reply) => reply),
    letGo() {
      for (const send of held?.parked ?? []) send()
      held = null
    },
    /** Nothing goes over the connections that are there any more, and nobody is told; new ones are as ever. */
    freeze() {
      for (const end of ends) frozen.add(end)
    },
    /** Sends a command as if the clients had, on each connection; they do not hear of it. Resolves when Redis has answered. */
    async slip(command: string) {
      await Promise.all(
        [...servers].map((far) => {
          const { promise, resolve } = Promise.withResolvers<void>()
          slipped.set(far, resolve)
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
