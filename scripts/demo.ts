// `bun run demo`: ChatApp with sample users and conversations (scripts/demo/). The data is in a temporary folder that is
// removed at exit, so that every start is the same and its times are recent.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createUser } from '../src/accounts/users/service.ts'
import { markRead } from '../src/conversations/read-marks.ts'
import { GroupCommit } from '../src/messages/group-commit.ts'
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
// Always the embedded defaults, even if the environment configures a real server.
Object.assign(process.env, {
  ...{ DATA_DIR: folder, DATABASE_URL: '', REDIS_URL: '', JWT_SECRET: '' },
  ...{ SIGN_UP: '', INVITES: 'everybody', DIRECTORY: '', TWO_FACTOR: '' },
})

await runCli(async () => {
  await fill(readConfig(process.env))
  // Prints the URL.
  await import('../src/main.ts')
  console.log(`
  Sign in as  nora  and, in another browser or a private window, as  sam
  Password:         ${PASSWORD}

  Other accounts, same password: ${Object.keys(PEOPLE).slice(2).join(', ')}
  Changes are not saved. Press Ctrl+C to stop.
`)
})

async function fill(config: Config): Promise<void> {
  const deps = await openDeps(config, await openLog({ logLevel: 'warn' }))
  try {
    // The data is temporary, so it need not survive a power failure.
    await deps.orm.em.getConnection().execute('pragma synchronous = off')
    const start = Date.now()
    const ids = await signUpAll(at(deps, start - 30 * 86_400_000))
    for await (const file of new Bun.Glob('*.txt').scan(join(import.meta.dir, 'demo'))) {
      const [one = '', two = one] = file.replace(/\.txt$/, '').split('+')
      const other = (username: string) => (username === one ? two : one)
      const { lines, readUpTo } = readPlay(await Bun.file(join(import.meta.dir, 'demo', file)).text(), start)
      for (const { by, body, time } of lines) {
        await sendMessage(
          at(deps, time),
          { id: ids[by]!, username: by, textBytes: 0, createdAt: deps.now() },
          { to: other(by), body },
        )
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

/** Returns the dependencies with the clock set to `time`. */
function at(deps: Deps, time: number): Deps {
  return { ...deps, now: () => new Date(time), groupCommit: new GroupCommit() }
}
