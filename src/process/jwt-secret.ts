import { randomBytes } from 'node:crypto'
import { constants, copyFileSync, existsSync, linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { StartError } from '../http/errors.ts'
import { isStrongSecret } from './guessable-secret.ts'

/**
 * The secret that signs tokens, created at the first start and readable by this system user only.
 * @throws StartError when the file cannot be created or read, or contains no strong secret
 */
export function readOrCreateSecret(dataDir: string): string {
  const file = join(dataDir, 'jwt-secret')
  const secret = readOrCreate(file)
  if (isStrongSecret(secret)) return secret
  throw new StartError(
    `The secret in ${file} is too short or easy to guess. Restore the file, or delete it: a new one is created, and all users sign in again.`,
  )
}

function readOrCreate(file: string): string {
  try {
    if (!existsSync(file)) create(file)
    // A file made by hand ends in a line break.
    return readFileSync(file, 'utf8').trim()
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw new StartError(
      `The secret ${file} cannot be created or read (${code}). Correct that, or set JWT_SECRET.`,
    )
  }
}

/** Written to a draft and then linked: processes that start together all read the complete file of the first. */
function create(file: string): void {
  const draft = `${file}.${process.pid}`
  try {
    // A power failure must not leave an empty file.
    writeFileSync(draft, randomBytes(48).toString('base64url'), { mode: 0o600, flush: true })
    link(draft, file)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  } finally {
    rmSync(draft, { force: true })
  }
}

/** File systems without links (FAT, SMB) get a copy. */
function link(draft: string, file: string): void {
  try {
    linkSync(draft, file)
  } catch (error) {
    if (!NO_LINKS.has((error as NodeJS.ErrnoException).code)) throw error
    copyFileSync(draft, file, constants.COPYFILE_EXCL)
  }
}

const NO_LINKS: ReadonlySet<unknown> = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'])
