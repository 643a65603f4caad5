import { password as askPassword, isCancel } from '@clack/prompts'
import { defineCommand, runMain } from 'citty'
import { getPerson } from '../accounts/people.ts'
import { createResetLink } from '../accounts/recovery/service.ts'
import { createUser } from '../accounts/service.ts'
import { readConfig } from '../config.ts'
import { openDeps } from '../deps.ts'
import { NotFound, StartError } from '../errors.ts'
import { openLog } from '../log.ts'
import { orExit } from '../start.ts'

/** `bun run admin`: what the one who runs the server does from its shell. */
const create = defineCommand({
  meta: {
    name: 'create',
    description: 'Make an administrator. The password is asked for, or read from standard input.',
  },
  args: {
    username: {
      type: 'positional',
      required: true,
      description: '3 to 32 letters, digits, dots, dashes or underscores',
    },
    name: { type: 'string', description: 'what others see; the username when left out' },
  },
  run: ({ args }) =>
    orExit(async () => {
      const config = readConfig(process.env)
      const password = await readPassword()
      const deps = await openDeps(config, await openLog({ logLevel: 'warn' }))
      try {
        const user = await createUser(deps, {
          username: args.username,
          displayName: args.name,
          password,
          role: 'admin',
        })
        console.log(`${user.username} is an administrator now. Sign in at ${config.origin}`)
      } finally {
        await deps.close()
      }
    }),
})

const resetLink = defineCommand({
  meta: {
    name: 'reset-link',
    description:
      'Print a link with which whoever gets it chooses a new password for the account, within half an hour.',
  },
  args: { username: { type: 'positional', required: true, description: 'whose password was forgotten' } },
  run: ({ args }) =>
    orExit(async () => {
      const deps = await openDeps(readConfig(process.env), await openLog({ logLevel: 'warn' }))
      try {
        const { id } = await getPerson(deps, args.username)
        console.log(await createResetLink(deps, id))
      } catch (error) {
        throw error instanceof NotFound ? new StartError('Nobody has this username.') : error
      } finally {
        await deps.close()
      }
    }),
})

await runMain(
  defineCommand({
    meta: { name: 'bun run admin', description: 'Look after ChatApp from the shell of its server.' },
    subCommands: { create, 'reset-link': resetLink },
  }),
)

/** From a terminal without showing it, else the first line of standard input. */
async function readPassword(): Promise<string> {
  if (!process.stdin.isTTY) return (await Bun.stdin.text()).split(/\r?\n/)[0] ?? ''
  const password = await askPassword({ message: 'Password' })
  if (isCancel(password)) throw new StartError('Nothing was made.')
  const again = await askPassword({ message: 'The same again' })
  if (password !== again) throw new StartError('The two are not the same. Nothing was made.')
  return password
}
