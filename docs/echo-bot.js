// A bot that answers each message with the same text. Needs Node 22, Bun or Deno, and no packages:
//   CHATAPP_URL=http://localhost:3000 CHATAPP_TOKEN=… node echo-bot.js
import { readFileSync, writeFileSync } from 'node:fs'

const { CHATAPP_URL = 'http://localhost:3000', CHATAPP_TOKEN, STATE_FILE = 'echo-bot.json' } = process.env
const headers = { authorization: `Bearer ${CHATAPP_TOKEN}`, 'content-type': 'application/json' }

/** Sends a request until it has an answer. Ends the program when the token is no longer valid. */
async function call(method, path, body) {
  for (let wait = 50; ; wait = Math.min(wait * 2, 30_000)) {
    const options = { method, headers, ...(body && { body: JSON.stringify(body) }) }
    const response = await fetch(`${CHATAPP_URL}/api/v1${path}`, options).catch(() => null)
    if (response?.ok) return response.status === 204 ? null : response.json()
    const problem = response && (await response.json().catch(() => ({})))
    if (response?.status === 401) stop(`${problem.detail} Create a new API token in the settings.`)
    const isBehind = problem?.errors?.[0]?.code === 'unknown_version'
    const isTemporary = !response || response.status === 429 || response.status >= 500 || isBehind
    if (!isTemporary) return { refused: problem }
    const seconds = Number(response?.headers.get('retry-after') ?? 0)
    await sleep(Math.max(wait, seconds * 1000))
  }
}

function stop(reason) {
  console.error(reason)
  process.exit(1)
}

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms))

/** The version held of each conversation, by its `id`. It survives a restart. */
let versions = null
const save = () => writeFileSync(STATE_FILE, JSON.stringify(versions))

async function conversations() {
  const all = []
  for (let cursor = ''; cursor !== null; ) {
    const page = await call('GET', `/conversations?limit=100${cursor && `&cursor=${cursor}`}`)
    all.push(...page.results)
    cursor = page.next
  }
  return all
}

/** Answers what is new in one conversation. */
async function catchUp({ id, with: person }) {
  for (let more = true; more; ) {
    const changes = await call('GET', `/conversations/${person}/changes?since=${versions[id] ?? 0}`)
    if (changes.refused) return
    for (const message of changes.results) {
      if (message.sender === me || message.editedAt || message.deletedAt) continue
      // The `clientId` comes from the message: after a crash, the same answer is not sent twice.
      await call('POST', `/conversations/${person}/messages`, {
        body: message.body,
        clientId: `echo-${message.id}`,
      })
    }
    versions[id] = changes.version
    save()
    more = changes.more
  }
}

async function catchUpAll() {
  for (const row of await conversations()) if (row.version > (versions[row.id] ?? 0)) await catchUp(row)
}

const me = (await call('GET', '/session')).user.username
try {
  versions = JSON.parse(readFileSync(STATE_FILE, 'utf8'))
} catch {
  // The first start: everything up to now is held already, so that the bot does not answer the whole history.
  versions = Object.fromEntries((await conversations()).map(({ id, version }) => [id, version]))
  save()
}

for (let wait = 50; ; wait = Math.min(wait * 2, 30_000)) {
  const response = await fetch(`${CHATAPP_URL}/api/v1/events`, { headers }).catch(() => null)
  if (response?.status === 401)
    stop('The token has expired or was revoked. Create a new API token in the settings.')
  try {
    let text = ''
    for await (const chunk of response?.ok ? response.body.pipeThrough(new TextDecoderStream()) : []) {
      const lines = (text + chunk).split('\n')
      text = lines.pop()
      for (const line of lines.filter((one) => one.startsWith('data: '))) {
        const event = JSON.parse(line.slice(6))
        if (event.type === 'ready') {
          wait = 50
          await catchUpAll()
          console.log('ready')
        }
        if (event.type === 'message') await catchUp({ id: event.id.split('-')[0], with: event.with })
      }
    }
  } catch {
    // The connection broke. What was missed is read after the next `ready`.
  }
  await sleep(wait)
}
