import {
  accessSync,
  chmodSync,
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  rmSync,
  type Stats,
  statSync,
} from 'node:fs'
import { join } from 'node:path'
import type { Logger } from 'pino'
import { StartError } from '../http/errors.ts'

/** Mode bits of all users but the owner, and those of them that allow writing. */
const OTHERS = 0o077
const OTHERS_WRITE = 0o022

/** On a folder such as /tmp, which is made to be shared. */
const STICKY = 0o1000

const { R_OK, W_OK, X_OK } = constants

/** What ChatApp keeps in the folder, with the files that SQLite creates beside its databases. */
const DATABASE = /^(?:chatapp\.sqlite|alone\.lock|migrate\.lock)(?:-(?:wal|shm|journal))?$/
const SECRET = /^jwt-secret(?:\.\d+)?$/
const FOLDER = 'outbox'
const PROBE = /^mode-probe\.[0-9a-f-]+$/

type Options = { keepsModes?: (folder: string) => boolean; uid?: number | undefined }

/**
 * Creates the data folder, or takes the access of other users from it and from what ChatApp keeps in it: a restored backup and a
 * folder made by hand are usually readable for all. Windows has no such modes, and some file systems keep none (FAT, SMB).
 * @param options.keepsModes whether the file system of a folder keeps modes
 * @param options.uid the system user of this process
 * @throws StartError when that is impossible, or when a file or folder is unusable
 */
export function prepareDataDir(
  dataDir: string,
  log: Pick<Logger, 'warn'>,
  { keepsModes = probeModes, uid = process.getuid?.() }: Options = {},
): void {
  const names = openFolder(dataDir)
  const hasModes = process.platform !== 'win32' && keepsModes(dataDir)
  if (hasModes) restrictFolder(dataDir, { names, uid, log })
  else if (process.platform !== 'win32') {
    log.warn(
      { path: dataDir, mode: octal(statSync(dataDir)) },
      'the file system of the data folder keeps no modes, so other users of the machine may have access to it',
    )
  }
  for (const name of names) {
    const path = join(dataDir, name)
    if (DATABASE.test(name)) checkEntry(path, { kind: 'file', access: R_OK | W_OK, hasModes, log })
    if (SECRET.test(name)) {
      if (hasModes) checkOwner(path, uid)
      checkEntry(path, { kind: 'file', access: R_OK, hasModes, log })
    }
    if (name === FOLDER) checkEntry(path, { kind: 'folder', access: R_OK | W_OK | X_OK, hasModes, log })
  }
}

/** Creates the folder unless it exists. Returns the names in it. */
function openFolder(dataDir: string): string[] {
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 })
    accessSync(dataDir, R_OK | W_OK | X_OK)
    return readdirSync(dataDir)
  } catch {
    throw new StartError(`DATA_DIR ${dataDir} is not writable. Make it writable, or set another folder.`)
  }
}

/**
 * Whether a new private file is private. It is opened exclusively and not looked up again, because others may be able to write to the
 * folder. A folder that cannot be written to is refused elsewhere.
 */
function probeModes(folder: string): boolean {
  const path = join(folder, `mode-probe.${crypto.randomUUID()}`)
  let file: number
  try {
    file = openSync(path, 'wx', 0o600)
  } catch {
    return true
  }
  try {
    return !(fstatSync(file).mode & OTHERS)
  } finally {
    closeSync(file)
    rmSync(path, { force: true })
  }
}

/** Changes the mode of a folder of ChatApp's own only: other programs may need their access to a shared one. */
function restrictFolder(
  dataDir: string,
  { names, uid, log }: { names: string[]; uid: number | undefined; log: Pick<Logger, 'warn'> },
): void {
  const stats = statSync(dataDir)
  const isOwn = names.every(
    (name) => DATABASE.test(name) || SECRET.test(name) || name === FOLDER || PROBE.test(name),
  )
  const isRestricted = isOwn && !(stats.mode & STICKY) && restrict(dataDir, { stats, log })
  // The files in it are not readable for others, but others could replace them.
  if (!isRestricted && stats.mode & OTHERS_WRITE) {
    const own = isOwn && !(stats.mode & STICKY) ? `Run chmod 700 on it, or set` : 'Set'
    throw new StartError(
      `Other users can write to DATA_DIR ${dataDir} (mode ${octal(stats)}). ${own} DATA_DIR to a folder of its own, such as ${join(dataDir, 'chatapp')}.`,
    )
  }
  if (stats.uid !== uid)
    log.warn(
      { path: dataDir, uid: stats.uid },
      'the data folder belongs to another user, who has access to it',
    )
}

/** Another user who created the secret knows it, and can sign in as anybody. */
function checkOwner(path: string, me: number | undefined): void {
  const { uid } = lstatSync(path, { throwIfNoEntry: false }) ?? {}
  if (uid === undefined || uid === me) return
  throw new StartError(
    `${path} belongs to another user (${uid}). Delete it: a new one is created, and all users sign in again. Or make it yours with chown, if nobody else knows it.`,
  )
}

/** Checks a file or folder, and takes the access of other users from it. */
function checkEntry(
  path: string,
  {
    kind,
    access,
    hasModes,
    log,
  }: { kind: 'file' | 'folder'; access: number; hasModes: boolean; log: Pick<Logger, 'warn'> },
): void {
  const stats = lstatSync(path, { throwIfNoEntry: false })
  // Removed meanwhile by another process.
  if (!stats) return
  // Another user may have placed it while the folder was open: chmod would change its target, and reading would use its secret.
  if (stats.isSymbolicLink())
    throw new StartError(`${path} is a link. Replace it by the ${kind} that it leads to.`)
  if (kind === 'file' ? !stats.isFile() : !stats.isDirectory())
    throw new StartError(`${path} is not a ${kind}. Move it away: ChatApp needs a ${kind} of this name.`)
  try {
    accessSync(path, access)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT') return
    throw new StartError(`${path} is not accessible (${code}). Give the user that runs ChatApp access to it.`)
  }
  if (!hasModes || restrict(path, { stats, log })) return
  throw new StartError(
    `Other users have access to ${path} (mode ${octal(stats)}). Run chmod ${kind === 'file' ? 600 : 700} on it.`,
  )
}

/** Takes the access of other users. Returns whether they have none now: only the owner may change a mode, and not on each file system. */
function restrict(path: string, { stats, log }: { stats: Stats; log: Pick<Logger, 'warn'> }): boolean {
  if (!(stats.mode & OTHERS)) return true
  try {
    chmodSync(path, stats.isDirectory() ? 0o700 : 0o600)
    if (statSync(path).mode & OTHERS) return false
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT'
  }
  log.warn({ path, mode: octal(stats) }, 'other users had access; they have none now')
  return true
}

function octal({ mode }: Stats): string {
  return (mode & 0o7777).toString(8).padStart(4, '0')
}
