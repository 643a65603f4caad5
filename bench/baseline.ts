import { createHmac, timingSafeEqual } from 'node:crypto'
import type { ServerWebSocket } from 'bun'
import { createClient } from 'redis'
import { sha256 } from '../src/database/hash.ts'
import { openCommit } from './baseline-commit.ts'
import { openMysql, openSqlite } from './baseline-store.ts'

/**
 * The baseline for the app: the same responses, SQL, sessions and events, without a framework, schemas or any check but
 * authentication. Runs on a database migrated by the app, with the same settings.
 */
const { DATABASE_URL, REDIS_URL, DATA_DIR = '', JWT_SECRET = '', MESSAGES_TO_LOAD = '15' } = process.env
const store = DATABASE_URL ? openMysql(DATABASE_URL) : openSqlite(DATA_DIR)
const time = (at: Date) => (DATABASE_URL ? at.toISOString().slice(0, -1).replace('T', ' ') : at.getTime())
const commit = openCommit(store, DATABASE_URL ? 'mysql' : 'sqlite', time)
const instant = (stored: unknown) =>
  typeof stored === 'number' ? new Date(stored).toISOString() : `${String(stored).replace(' ', 'T')}Z`

type Me = { id: number; username: string }
type Thread = { person: Me; conversation: number }

const COLUMNS = 'conversation_id, seq, sender_id, client_id, body, version, created_at, edited_at, deleted_at'
const SESSION = `select user.id, user.username, display_name, email, role, language, theme, zone, avatar,
  session.id as session_id, expires_at, used_at, session.name
  from session inner join user on user.id = session.user_id where secret_hash = ? and user.disabled_at is null`
const THREAD = `select user.id as person_id, username, display_name, conversation.id, last_seq, version,
  mine.blocked_id as mine, theirs.blocker_id as theirs, avatar, user.disabled_at, user.deleted_at
  from user left join conversation on low_id = case when user.id < ? then user.id else ? end
  and high_id = case when user.id < ? then ? else user.id end
  left join block as mine on mine.blocked_id = user.id and mine.blocker_id = ?
  left join block as theirs on theirs.blocker_id = user.id and theirs.blocked_id = ?
  where handle = ? and (user.disabled_at is null or conversation.id is not null)`

async function authenticate(request: Request): Promise<Me | null> {
  const [head, payload, signature] = (request.headers.get('authorization') ?? '').slice(7).split('.')
  if (!head || !payload || !signature) return null
  const expected = createHmac('sha256', JWT_SECRET).update(`${head}.${payload}`).digest()
  const given = Buffer.from(signature, 'base64url')
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) return null
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString())
  if (claims.iss !== 'chatapp' || claims.exp * 1000 < Date.now()) return null
  const [session] = await store.run(SESSION, sha256(claims.jti))
  return session && Date.parse(instant(session.expires_at)) > Date.now()
    ? { id: Number(session.id), username: String(session.username) }
    : null
}

async function findThread(me: Me, username: string): Promise<Thread | null> {
  const [row] = await store.run(THREAD, ...Array(6).fill(me.id), username.toLowerCase())
  return row && !row.mine && !row.theirs
    ? {
        conversation: Number(row.id),
        person: { id: Number(row.person_id), username: String(row.username) },
      }
    : null
}

async function send(me: Me, { conversation, person }: Thread, request: Request): Promise<Response> {
  const { body, clientId } = (await request.json()) as { body: string; clientId: string }
  const { seq, version, at } = await commit({ conversation, sender: me.id, clientId, body })
  const id = `${conversation}-${seq}`
  publish(me.id, { type: 'message', id, with: person.username, seq, version })
  publish(person.id, { type: 'message', id, with: me.username, seq, version })
  const names = { sender: me.username, recipient: person.username }
  return Response.json(
    {
      ...{ id, seq, version, ...names, body, createdAt: at.toISOString() },
      ...{ editedAt: null, deletedAt: null, clientId },
    },
    { status: 201 },
  )
}

async function changes(me: Me, { conversation, person }: Thread, since: number): Promise<Response> {
  const rows = await store.run(
    `select ${COLUMNS} from message where conversation_id = ? and version > ? order by version limit 51`,
    conversation,
    since,
  )
  const results = rows.slice(0, 50).map((row) => view(row, me, person))
  return Response.json({ results, version: results.at(-1)?.version ?? since, more: rows.length > 50 })
}

async function page(me: Me, { conversation, person }: Thread, before: number): Promise<Response> {
  const rows = await store.run(
    `select ${COLUMNS} from message where conversation_id = ? and seq < ? order by seq desc limit ${Number(MESSAGES_TO_LOAD)}`,
    conversation,
    before,
  )
  const results = rows.reverse().map((row) => view(row, me, person))
  const first = Number(results[0]?.seq ?? 1)
  return Response.json({ results, previous: first > 1 ? first : null, next: null })
}

function view(row: Record<string, unknown>, me: Me, person: Me) {
  const [sender, recipient] = row.sender_id === me.id ? [me, person] : [person, me]
  return {
    id: `${row.conversation_id}-${row.seq}`,
    seq: row.seq,
    version: row.version,
    sender: sender.username,
    recipient: recipient.username,
    body: row.deleted_at ? '' : row.body,
    createdAt: instant(row.created_at),
    editedAt: row.edited_at ? instant(row.edited_at) : null,
    deletedAt: row.deleted_at ? instant(row.deleted_at) : null,
    clientId: row.client_id,
  }
}

const sockets = new Map<number, Set<ServerWebSocket<Me>>>()
const publisher = REDIS_URL ? await createClient({ url: REDIS_URL }).connect() : null
const subscriber = await publisher?.duplicate().connect()

function publish(user: number, event: object): void {
  const message = JSON.stringify({ event, at: Date.now() })
  if (publisher) void publisher.publish(`user:${user}`, message)
  else deliver(user, message)
}

function deliver(user: number, message: string): void {
  const text = JSON.stringify(JSON.parse(message).event)
  for (const socket of sockets.get(user) ?? []) socket.send(text)
}

const server = Bun.serve<Me>({
  port: 0,
  hostname: 'localhost',
  async fetch(request, server) {
    const me = await authenticate(request)
    if (!me) return new Response(null, { status: 401 })
    const { pathname, searchParams } = new URL(request.url)
    if (pathname === '/api/v1/events') {
      return server.upgrade(request, { data: me }) ? undefined : new Response(null, { status: 400 })
    }
    const [, username, kind] = /^\/api\/v1\/conversations\/([^/]+)\/(messages|changes)$/.exec(pathname) ?? []
    const thread = username ? await findThread(me, username) : null
    if (!thread) return new Response(null, { status: 404 })
    if (request.method === 'POST') return send(me, thread, request)
    if (kind === 'changes') return changes(me, thread, Number(searchParams.get('since')))
    return page(me, thread, Number(searchParams.get('before') ?? 4_294_967_295))
  },
  websocket: {
    async open(socket) {
      const { id } = socket.data
      const others = sockets.get(id) ?? new Set()
      sockets.set(id, others.add(socket))
      if (others.size === 1) await subscriber?.subscribe(`user:${id}`, (message) => deliver(id, message))
      socket.send('{"type":"ready"}')
    },
    message() {},
    close(socket) {
      sockets.get(socket.data.id)?.delete(socket)
    },
  },
})
console.log(`ChatApp: http://localhost:${server.port}`)
