import { password as askPassword, isCancel } from '@clack/prompts'
import { type ArgsDef, type CommandDef, defineCommand, type ParsedArgs, runMain } from 'citty'
import { LastAdmin } from '../accounts/users/errors.ts'
import { typedUsername } from '../accounts/users/names.ts'
import { NotFound, StartError } from '../http/errors.ts'
import { readConfig } from '../process/config.ts'
import { type Deps, openDeps } from '../process/deps.ts'
import { openLog } from '../process/log.ts'
import { runCli } from '../process/startup.ts'
import { commandLine as actor } from './audit-log/service.ts'
import { changeUser, revokeUserSessions } from './users/change.ts'
import { getUser, listUsers } from './users/list.ts'
import { addUser, createUserResetLink, setPassword } from './users/service.ts'
import { listUserSessions, revokeUserSession } from './users/sessions.ts'
import { disableUserTwoFactor } from './users/two-factor.ts'

/** `bun run admin`: administration from the shell of the server. Every change is recorded in the audit log. */
const username = { type: 'positional', required: true, description: 'username of the account' } as const

const create = command({
  name: 'create',
  description: 'Create an administrator. Prompts for the password, or reads it from standard input.',
  args: {
    username: {
      type: 'positional',
      required: true,
      description: '3 to 32 letters, digits, dots, dashes or underscores',
    },
    name: { type: 'string', description: 'display name; the username by default' },
    email: { type: 'string', description: 'email address for password reset links' },
    role: { type: 'string', default: 'admin', description: 'admin or user' },
  },
  run: async (deps, { username, name, email, role: roleName }) => {
    const role = parseChoice(['admin', 'user'] as const, roleName, '--role')
    const password = await readPassword()
    await addUser(deps, actor, { username, displayName: name, email, password, role })
    const result = role === 'admin' ? 'is now an administrator' : 'now has an account'
    console.log(`${username} ${result}. Sign in at ${deps.config.origin}`)
  },
})

const list = command({
  name: 'list',
  description: 'List accounts, newest first: username, role, state, created, email, display name.',
  args: {
    search: {
      type: 'string',
      description: 'start of a username, of a word of a display name, or of an email address',
    },
    role: { type: 'string', description: 'admin or user' },
    state: { type: 'string', description: 'active, disabled or deleted' },
  },
  run: async (deps, { search, role, state }) => {
    const filter = {
      search,
      role: role === undefined ? role : parseChoice(['admin', 'user'] as const, role, '--role'),
      state:
        state === undefined
          ? state
          : parseChoice(['active', 'disabled', 'deleted'] as const, state, '--state'),
    }
    for (let cursor: string | undefined, more = true; more; ) {
      const { results, next } = await listUsers(deps, { ...filter, cursor, limit: 100 })
      for (const user of results) {
        const accountState = user.deletedAt ? 'deleted' : user.disabledAt ? 'disabled' : 'active'
        const { username, role, createdAt, email, displayName } = user
        console.log(
          [username, role, accountState, createdAt.slice(0, 10), email ?? '-', displayName].join('\t'),
        )
      }
      cursor = next ?? undefined
      more = next !== null
    }
  },
})

const disable = command({
  name: 'disable',
  description: 'Disable an account: ends its sessions and API tokens, and blocks signing in.',
  args: { username },
  run: async (deps, { username }) => {
    await changeUser(deps, actor, { username, disabled: true })
    console.log(`${username} is disabled.`)
  },
})

const enable = command({
  name: 'enable',
  description: 'Enable a disabled account.',
  args: { username },
  run: async (deps, { username }) => {
    await changeUser(deps, actor, { username, disabled: false })
    console.log(`${username} is enabled.`)
  },
})

const role = command({
  name: 'role',
  description: 'Make a user an administrator, or an administrator a user.',
  args: { username, role: { type: 'positional', required: true, description: 'admin or user' } },
  run: async (deps, { username, role: roleName }) => {
    const role = parseChoice(['admin', 'user'] as const, roleName, 'The role')
    await changeUser(deps, actor, { username, role, isConfirmed: true })
    console.log(`${username} is now ${role === 'admin' ? 'an administrator' : 'a user'}.`)
  },
})

const password = command({
  name: 'password',
  description:
    'Set a new password and end all sessions. Prompts for the password, or reads it from standard input.',
  args: { username },
  run: async (deps, { username }) => {
    await getUser(deps, username)
    await setPassword(deps, actor, { username, password: await readPassword() })
    console.log(`${username} has a new password and is signed out everywhere.`)
  },
})

const sessions = command({
  name: 'sessions',
  description: 'List the sessions and API tokens of an account: ID, device or name, address, last used.',
  args: {
    username,
    end: { type: 'string', description: 'end the session with this ID, or `all`' },
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
        console.log([id, name ? `API token ${name}` : (device ?? '-'), address, usedAt ?? '-'].join('\t'))
      cursor = next ?? undefined
      more = next !== null
    }
  },
})

const resetLink = command({
  name: 'reset-link',
  description: 'Print a link to set a new password for the account. It is valid once, for 30 minutes.',
  args: { username },
  run: async (deps, { username }) => console.log(await createUserResetLink(deps, actor, username)),
})

const twoFactorOff = command({
  name: 'two-factor-off',
  description: 'Turn off two-factor authentication for an account whose app and recovery codes are lost.',
  args: { username },
  run: async (deps, { username }) => {
    await disableUserTwoFactor(deps, actor, username)
    console.log(`${username} has no two-factor authentication.`)
  },
})

await runMain(
  defineCommand({
    meta: { name: 'bun run admin', description: 'Administer ChatApp from the shell of the server.' },
    subCommands: {
      ...{ create, list, disable, enable, role, password, sessions },
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

/** Defines a command that runs with `Deps` and rejects unknown arguments. */
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
        rejectUnknown(args, given.args)
        const deps = await openDeps(readConfig(process.env), await openLog({ logLevel: 'warn' }))
        try {
          const { username } = given.args as { username?: string }
          if (username) Object.assign(given.args, { username: typedUsername(username) })
          await run(deps, given.args)
        } catch (error) {
          // These concern the account, not a form field.
          const isPlain = error instanceof NotFound || error instanceof LastAdmin
          throw isPlain ? new StartError(error.detail) : error
        } finally {
          await deps.close()
        }
      }),
  })
}

/** Rejects unknown options and extra arguments, which citty ignores. @throws StartError */
function rejectUnknown(known: ArgsDef, { _: positional, ...given }: { _: string[] }): void {
  const names = Object.keys(known)
  const unknown = Object.keys(given).find((name) => !names.includes(name))
  if (unknown) throw new StartError(`Unknown option --${unknown}. See --help.`)
  const expected = names.filter((name) => known[name]?.type === 'positional').length
  if (positional.length > expected)
    throw new StartError(`Too many arguments: expected ${expected}, got ${positional.length}. See --help.`)
  const empty = names.find((name) => (given as Record<string, unknown>)[name] === '')
  if (empty) throw new StartError(`--${empty} needs a value.`)
}

/** @throws StartError */
function parseChoice<const Words extends readonly string[]>(
  words: Words,
  given: string,
  option: string,
): Words[number] {
  if (!words.includes(given)) throw new StartError(`${option} must be one of: ${words.join(', ')}.`)
  return given
}

/** Prompts in a terminal, otherwise reads the first line of standard input. @throws StartError */
async function readPassword(): Promise<string> {
  if (!process.stdin.isTTY) return (await Bun.stdin.text()).split(/\r?\n/)[0] ?? ''
  const password = await askPassword({ message: 'Password' })
  if (isCancel(password)) throw new StartError('Cancelled.')
  const again = await askPassword({ message: 'Repeat the password' })
  if (password !== again) throw new StartError('The passwords do not match.')
  return password
}
