import { password as askPassword, isCancel } from '@clack/prompts'
import { type ArgsDef, type CommandDef, defineCommand, type ParsedArgs, runMain } from 'citty'
import { LastAdmin, NotFound, StartError } from '../http/errors.ts'
import { readConfig } from '../process/config.ts'
import { type Deps, openDeps } from '../process/deps.ts'
import { openLog } from '../process/log.ts'
import { runCli } from '../process/startup.ts'
import { commandLine as actor } from './audit-log/service.ts'
import { getUser, listUsers } from './users/list.ts'
import { addUser, changeUser, createUserResetLink, revokeUserSessions, setPassword } from './users/service.ts'
import { listUserSessions, revokeUserSession } from './users/sessions.ts'
import { disableUserTwoFactor } from './users/two-factor.ts'

/** `bun run admin`: what the one who runs the server does from its shell. All that changes anything is in the audit log. */
const username = { type: 'positional', required: true, description: 'whose account' } as const

const create = command({
  name: 'create',
  description: 'Make an administrator. The password is asked for, or read from standard input.',
  args: {
    username: {
      type: 'positional',
      required: true,
      description: '3 to 32 letters, digits, dots, dashes or underscores',
    },
    name: { type: 'string', description: 'what others see; the username when left out' },
    email: { type: 'string', description: 'where links for a forgotten password go' },
    role: { type: 'string', default: 'admin', description: 'admin or user' },
  },
  run: async (deps, { username, name, email, role: wanted }) => {
    const role = oneOf(['admin', 'user'] as const, wanted, '--role')
    const password = await readPassword()
    await addUser(deps, actor, { username, displayName: name, email, password, role })
    const what = role === 'admin' ? 'is an administrator now' : 'has an account now'
    console.log(`${username} ${what}. Sign in at ${deps.config.origin}`)
  },
})

const list = command({
  name: 'list',
  description: 'List accounts, the newest first: username, role, state, since when, email, name.',
  args: {
    search: { type: 'string', description: 'start of a username, a word of a name, or an email address' },
    role: { type: 'string', description: 'admin or user' },
    state: { type: 'string', description: 'active, disabled or deleted' },
  },
  run: async (deps, { search, role, state }) => {
    const filter = {
      search,
      role: role === undefined ? role : oneOf(['admin', 'user'] as const, role, '--role'),
      state:
        state === undefined ? state : oneOf(['active', 'disabled', 'deleted'] as const, state, '--state'),
    }
    for (let cursor: string | undefined, more = true; more; ) {
      const { results, next } = await listUsers(deps, { ...filter, cursor, limit: 100 })
      for (const user of results) {
        const is = user.deletedAt ? 'deleted' : user.disabledAt ? 'disabled' : 'active'
        const { username, role, createdAt, email, displayName } = user
        console.log([username, role, is, createdAt.slice(0, 10), email ?? '-', displayName].join('\t'))
      }
      cursor = next ?? undefined
      more = next !== null
    }
  },
})

const disable = command({
  name: 'disable',
  description: 'Keep somebody out: sessions and API tokens end, and nobody signs in.',
  args: { username },
  run: async (deps, { username }) => {
    await changeUser(deps, actor, { username, disabled: true })
    console.log(`${username} is disabled.`)
  },
})

const enable = command({
  name: 'enable',
  description: 'Let somebody in again.',
  args: { username },
  run: async (deps, { username }) => {
    await changeUser(deps, actor, { username, disabled: false })
    console.log(`${username} is enabled.`)
  },
})

const password = command({
  name: 'password',
  description:
    'Give somebody another password, and sign them out everywhere. It is asked for, or read from standard input.',
  args: { username },
  run: async (deps, { username }) => {
    await getUser(deps, username)
    await setPassword(deps, actor, { username, password: await readPassword() })
    console.log(`${username} has another password, and is signed out everywhere.`)
  },
})

const sessions = command({
  name: 'sessions',
  description:
    'List where somebody is signed in, and their API tokens: ID, device or name, address, last used.',
  args: {
    username,
    end: { type: 'string', description: 'ends the session of this ID, or `all` of them' },
  },
  run: async (deps, { username, end }) => {
    if (end !== undefined) {
      if (end === 'all') await revokeUserSessions(deps, actor, username)
      else await revokeUserSession(deps, actor, { username, id: end })
      return console.log('Ended.')
    }
    await getUser(deps, username)
    for (let cursor: string | undefined, more = true; more; ) {
      const { results, next } = await listUserSessions(deps, username, { cursor, limit: 100, current: null })
      for (const { id, name, device, address, usedAt } of results)
        console.log([id, name ? `API token ${name}` : (device ?? '-'), address, usedAt].join('\t'))
      cursor = next ?? undefined
      more = next !== null
    }
  },
})

const resetLink = command({
  name: 'reset-link',
  description:
    'Print a link with which whoever gets it chooses a new password for the account, within half an hour.',
  args: { username },
  run: async (deps, { username }) => console.log(await createUserResetLink(deps, actor, username)),
})

const twoFactorOff = command({
  name: 'two-factor-off',
  description: 'Let somebody who lost phone and recovery codes sign in with the password alone again.',
  args: { username },
  run: async (deps, { username }) => {
    await disableUserTwoFactor(deps, actor, username)
    console.log(`${username} signs in without a second step.`)
  },
})

await runMain(
  defineCommand({
    meta: { name: 'bun run admin', description: 'Look after ChatApp from the shell of its server.' },
    subCommands: {
      ...{ create, list, disable, enable, password, sessions },
      'reset-link': resetLink,
      'two-factor-off': twoFactorOff,
    },
  }),
)

type Command<Args extends ArgsDef> = {
  name: string
  description: string
  args: Args
  run: (deps: Deps, args: ParsedArgs<Args>) => Promise<void>
}

/** A command on the database that the settings name. What it does not know, it refuses. */
function command<const Args extends ArgsDef>({
  name,
  description,
  args,
  run,
}: Command<Args>): CommandDef<Args> {
  return defineCommand({
    meta: { name, description },
    args,
    run: (given) =>
      runCli(async () => {
        refuseUnknown(args, given.args)
        const deps = await openDeps(readConfig(process.env), await openLog({ logLevel: 'warn' }))
        try {
          await run(deps, given.args)
        } catch (error) {
          // Said of the account, and not of a field of a form.
          const plain = error instanceof NotFound || error instanceof LastAdmin
          throw plain ? new StartError(error.detail) : error
        } finally {
          await deps.close()
        }
      }),
  })
}

/** citty lets pass what is none of its own, a misspelt option or a password too many. @throws StartError */
function refuseUnknown(known: ArgsDef, { _: positional, ...given }: { _: string[] }): void {
  const names = Object.keys(known)
  const unknown = Object.keys(given).find((name) => !names.includes(name))
  if (unknown) throw new StartError(`There is no option --${unknown}. --help lists those there are.`)
  const places = names.filter((name) => known[name]?.type === 'positional').length
  if (positional.length > places)
    throw new StartError(`That is ${positional.length} words where ${places} are taken. --help tells more.`)
  const empty = names.find((name) => (given as Record<string, unknown>)[name] === '')
  if (empty) throw new StartError(`--${empty} needs a value.`)
}

/** @throws StartError */
function oneOf<const Words extends readonly string[]>(
  words: Words,
  given: string,
  option: string,
): Words[number] {
  if (!words.includes(given)) throw new StartError(`${option} is one of: ${words.join(', ')}.`)
  return given
}

/** From a terminal without showing it, else the first line of standard input. */
async function readPassword(): Promise<string> {
  if (!process.stdin.isTTY) return (await Bun.stdin.text()).split(/\r?\n/)[0] ?? ''
  const password = await askPassword({ message: 'Password' })
  if (isCancel(password)) throw new StartError('Nothing was done.')
  const again = await askPassword({ message: 'The same again' })
  if (password !== again) throw new StartError('The two are not the same. Nothing was done.')
  return password
}
