import { errorText } from '../../web/text/text.ts'
import { AppError, Invalid, StartError } from '../http/errors.ts'
import { type Config, ConfigError } from './config.ts'

/** Runs a command. What the operator can mend ends it with plain sentences and exit code 1, everything else with a trace. */
export async function runCli(command: () => Promise<void>): Promise<void> {
  try {
    await command()
  } catch (error) {
    const sentences = operatorMessage(error)
    if (!sentences) throw error
    console.error(sentences)
    process.exit(1)
  }
}

/** Why nobody can be served at that address, as `listen` threw it; `variable` is the setting to change. */
export function listenError(
  error: unknown,
  { host, port, variable }: { host: string; port: number; variable: string },
): StartError {
  const { code, message } = error as NodeJS.ErrnoException
  return new StartError(
    code === 'EADDRINUSE'
      ? `Port ${port} on ${host} is in use. Stop what listens there, or set ${variable}.`
      : `Cannot listen on ${host}:${port}: ${message}`,
  )
}

/**
 * Opens the port that people come to.
 * @throws StartError when nobody can be served there
 */
export function openPort<Server>({ host, port }: Config, listen: () => Server): Server {
  try {
    return listen()
  } catch (error) {
    throw listenError(error, { host, port, variable: 'PORT' })
  }
}

/** Where people find it; with `PORT=0` the system chose the port. */
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
