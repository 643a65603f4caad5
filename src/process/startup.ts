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

/** Converts an error of `listen` to a StartError; `variable` is the setting to change. */
export function listenError(
  error: unknown,
  { host, port, variable }: { host: string; port: number; variable: string },
): StartError {
  const { code, message } = error as NodeJS.ErrnoException
  return new StartError(
    code === 'EADDRINUSE'
      ? `Port ${port} on ${host} is in use. Stop the other program, or set ${variable}.`
      : `Cannot listen on ${host}:${port}: ${message}`,
  )
}

/**
 * Opens the public port with `listen`.
 * @throws StartError when the port is unavailable
 */
export function openPort<Server>({ host, port }: Config, listen: () => Server): Server {
  try {
    return listen()
  } catch (error) {
    throw listenError(error, { host, port, variable: 'PORT' })
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
