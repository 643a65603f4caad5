import { paths } from '../web/paths.ts'
import { type Caller, connect, listen } from './client.ts'

/** Two users, one of whom sends to the other. */
export type Pair = {
  /** Sends a message, and resolves when both users are notified and the recipient has fetched it. */
  deliver(): Promise<Delivery>
  close(): void
}

/** The milliseconds from sending a message to each stage. */
export type Delivery = { responded: number; notified: number; total: number }

/** Two clients that make only the requests which a delivery needs. */
export async function openMinimalPair(origin: string, one: Caller, other: Caller): Promise<Pair> {
  const [sender, recipient] = [await listen(origin, one), await listen(origin, other)]
  const [post, read] = [await connect(origin, one), await connect(origin, other)]
  return {
    async deliver() {
      const clientId = crypto.randomUUID()
      const [senderNotified, recipientNotified] = [sender.next(), recipient.next()]
      const start = performance.now()
      const since = () => performance.now() - start
      const delivery = { responded: 0, notified: 0, total: 0 }
      const body = `{"body":"See you at eight?","clientId":"${clientId}"}`
      const posted = post.post(paths.api.messages(other.username), body).then(({ status }) => {
        delivery.responded = since()
        if (status !== 201) throw new Error(`send failed: ${status}`)
      })
      const fetched = recipientNotified.then(async (version) => {
        delivery.notified = since()
        const changes = await read.get(`${paths.api.changes(one.username)}?since=${version - 1}`)
        if (!changes.body.includes(clientId)) throw new Error(`fetch without the message: ${changes.status}`)
      })
      await Promise.all([posted, senderNotified, fetched])
      delivery.total = since()
      return delivery
    },
    close() {
      for (const open of [sender, recipient, post, read]) open.close()
    },
  }
}
