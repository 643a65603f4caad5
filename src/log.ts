import pino, { type Logger } from 'pino'
import type { Config } from './config.ts'

/** JSON lines for machines; on a terminal lines for people. */
export async function openLog({ logLevel: level }: Pick<Config, 'logLevel'>): Promise<Logger> {
  if (!process.stdout.isTTY) return pino({ level })
  const { default: pretty } = await import('pino-pretty')
  return pino({ level }, pretty({ sync: true, ignore: 'pid,hostname', translateTime: 'SYS:HH:MM:ss.l' }))
}
