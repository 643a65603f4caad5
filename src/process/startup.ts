import { lookup } from 'node:dns/promises'
import { networkInterfaces } from 'node:os'
import { errorText } from '../../web/text/text.ts'
import { AppError, Invalid, StartError } from '../http/errors.ts'
import { type Config, ConfigError } from './config.ts'

/** Runs a command. Errors that the operator can fix exit with plain sentences and code 1, all others with a stack trace. */
export async function runCli(command: () => Promise<void>): Promise<void> {
  try {
    await command()
  } catch (error) {
    const message = operatorMessage(error)
    if (!message) throw error
    console.error(message)
    process.exit(1)
  }
}

/** Converts an error of `listen` to a StartError; `variable` is the setting of the port. */
export async function listenError(
  error: unknown,
  { host, port, variable }: { host: string; port: number; variable: string },
): Promise<StartError> {
  const { code, message } = error as NodeJS.ErrnoException
  const fault = await hostFault(host)
  if (fault)
    return new StartError(
      `HOST ${host} ${fault}. Set HOST to a name or address of this machine, or to 0.0.0.0 for all its networks.`,
    )
  if (code === 'EADDRINUSE')
    return new StartError(`Port ${port} on ${host} is in use. Stop the other program, or set ${variable}.`)
  if (code === 'EACCES')
    return new StartError(
      `Port ${port} on ${host} is not permitted (EACCES). Set ${variable} to a port above 1023, or permit it.`,
    )
  return new StartError(`Cannot listen on ${host}:${port}: ${message}`)
}

/** Explains why no port of the host can be opened. Bun reports several causes as a port in use or an invalid argument. */
async function hostFault(host: string): Promise<string | null> {
  try {
    for (const { address } of await lookup(host.replace(/^\[(.*)\]$/, '$1'), { all: true }))
      if (isLocal(address)) return null
    return 'is not an address of this machine (EADDRNOTAVAIL)'
  } catch (error) {
    return `cannot be resolved to an address (${(error as NodeJS.ErrnoException).code})`
  }
}

function isLocal(address: string): boolean {
  if (/^127\.|^::1?$|^0\.0\.0\.0$/.test(address)) return true
  return Object.values(networkInterfaces()).some((own) => own?.some((one) => one.address === address))
}

/**
 * Opens the public port with `listen`.
 * @throws StartError when the port or the host is unavailable
 */
export async function openPort<Server>({ host, port }: Config, listen: () => Server): Promise<Server> {
  try {
    return listen()
  } catch (error) {
    throw await listenError(error, { host, port, variable: 'PORT' })
  }
}

/** The URL to print at startup; with `PORT=0` the system chose the port. */
export function publicOrigin(config: Config, port: number | undefined): string {
  return config.port === 0 ? `http://localhost:${port}` : config.origin
}

function operatorMessage(error: unknown): string | null {
  if (error instanceof Invalid) {
    return Object.entries(error.fields)
      .map(([field, code]) => `${field}: ${errorText('en', code)}`)
      .join('\n')
  }
  return error instanceof ConfigError || error instanceof StartError || error instanceof AppError
    ? error.message
    : null
}
