import { createClient } from 'redis'
import type { Address, Credentials } from '../../process/redis-target.ts'

export type Log = { warn(fields: object, message: string): void }

export type RedisClient = Awaited<ReturnType<typeof openClient>>

/** Settings of every connection. `tls` holds PEM texts; null means no TLS. */
export type Connection = {
  credentials: Credentials
  database: number
  tls: { ca?: string; cert?: string; key?: string } | null
}

/** Milliseconds between health checks. */
export const HEALTH_CHECK_INTERVAL_MS = 5000

/** Milliseconds until a connection attempt fails. */
const CONNECT_TIMEOUT_MS = 5000

/**
 * Connects to one Redis server. The first attempt may fail; later the client reconnects by itself. Commands fail at once while
 * it is offline: queued ones would run too late.
 * @param to its address, or the path of its socket
 * @param retry whether a lost connection is opened again
 */
export async function openClient(
  to: Address | string,
  { credentials, database, tls }: Connection,
  { log, retry = true }: { log: Log; retry?: boolean },
) {
  let opened = false
  const socket = {
    reconnectStrategy: (attempts: number) => opened && retry && backoff(attempts),
    connectTimeout: CONNECT_TIMEOUT_MS,
    // Every health check causes a read. Until the client is ready, only this timeout ends a silent connection.
    socketTimeout: 3 * HEALTH_CHECK_INTERVAL_MS,
  }
  const client = createClient({
    ...credentials,
    database,
    disableOfflineQueue: true,
    socket:
      typeof to === 'string'
        ? { ...socket, path: to }
        : tls
          ? { ...socket, ...to, ...tls, tls: true }
          : { ...socket, ...to },
  })
  client.on(
    'error',
    (error: Error) => opened && log.warn({ reason: error.message }, 'the connection to Redis was lost'),
  )
  try {
    await client.connect()
    opened = true
    return client
  } catch (error) {
    client.destroy()
    throw error
  }
}

/** Reopens the connection of a client. */
export function reconnect(client: RedisClient): void {
  // A client that is not ready is already reconnecting.
  if (!client.isReady) return
  client.destroy()
  // Retries until it is connected; rejects only when the client is closed.
  client.connect().catch(() => {})
}

/** Returns the milliseconds before the next attempt: exponential, up to 2 s, with jitter. */
export function backoff(attempts: number): number {
  return Math.min(50 * 2 ** Math.min(attempts, 6), 2000) * (0.5 + Math.random() / 2)
}
