// `bun run demo`: ChatApp with some people and what they wrote each other. Its data lie in a temporary folder and are gone
// with it, so that every start is the same and its times are always recent. Who says what stands in scripts/demo/.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createUser } from '../src/accounts/users/service.ts'
import { markRead } from '../src/conversations/read-marks.ts'
import { sendMessage } from '../src/messages/send.ts'
import { type Config, readConfig } from '../src/process/config.ts'
import { type Deps, openDeps } from '../src/process/deps.ts'
import { openLog } from '../src/process/log.ts'
import { runCli } from '../src/process/startup.ts'
import { readPlay } from './demo-play.ts'

const PASSWORD = 'second-wind'
const PEOPLE = {
  nora: 'Nora Lindqvist',
  sam: 'Sam Okafor',
  mei: '林美玲',
  yusuf: 'يوسف الحداد',
  lucia: 'Lucía Fernández',
  haruka: '佐藤 遥',
  'noa.levi': 'נועה לוי',
  'jean-luc': 'Jean-Luc Moreau',
  oskar: 'Oskar Nowak',
  elsie: 'Elsie Park',
  priya: 'Priya Raman',
  zoe: 'Zoë 🌻',
  amara: 'Amara Diallo',
  tomas_r: 'Tomás Ribeiro',
}

const folder = mkdtempSync(join(tmpdir(), 'chatapp-demo-'))
process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
// The embedded default, whatever the environment names for the real one.
Object.assign(process.env, { DATA_DIR: folder, DATABASE_URL: '', REDIS_URL: '', JWT_SECRET: '' })

await runCli(async () => {
  await fill(readConfig(process.env))
  // It says where it listens.
  await import('../src/main.ts')
  console.log(`
  Sign in there as  nora  and, in another browser or a private window, as  sam
  Password:         ${PASSWORD}

  Everybody else has the same password: ${Object.keys(PEOPLE).slice(2).join(', ')}
  Nothing is kept: each start begins afresh. Ctrl+C ends it.
`)
})

async function fill(config: Config): Promise<void> {
  const deps = await openDeps(config, await openLog({ logLevel: 'warn' }))
  try {
    // What is thrown away need not survive a power cut.
    await deps.orm.em.getConnection().execute('pragma synchronous = off')
    const start = Date.now()
    const ids = await signUpAll(at(deps, start - 30 * 86_400_000))
    for await (const file of new Bun.Glob('*.txt').scan(join(import.meta.dir, 'demo'))) {
      const [one = '', two = one] = file.replace(/\.txt$/, '').split('+')
      const other = (username: string) => (username === one ? two : one)
      const { lines, readUpTo } = readPlay(await Bun.file(join(import.meta.dir, 'demo', file)).text(), start)
      for (const { by, body, time } of lines) {
        await sendMessage(at(deps, time), { id: ids[by]!, username: by }, { to: other(by), body })
      }
      for (const me of new Set([one, two])) {
        await markRead(deps, { id: ids[me]! }, other(me), readUpTo[me] ?? lines.length)
      }
    }
  } finally {
    await deps.close()
  }
}

async function signUpAll(deps: Deps): Promise<Record<string, number>> {
  const users = Object.entries(PEOPLE).map(async ([username, displayName]) => {
    const { id } = await createUser(deps, { username, displayName, password: PASSWORD })
    return [username, id] as const
  })
  return Object.fromEntries(await Promise.all(users))
}

/** The same with another clock: what is written now was written then. */
function at(deps: Deps, time: number): Deps {
  return { ...deps, now: () => new Date(time) }
}
