import type { Viewer } from '../accounts/profile/schema.ts'
import { localizeDeleted } from '../http/viewer.ts'
import type { Deps } from '../process/deps.ts'

/** What the administrators' pages offer, and how they name a user. */
export function adminViewOf({ config }: Pick<Deps, 'config'>, viewer: Viewer) {
  return {
    readsMessages: config.adminReadsMessages,
    passwords: config.passwords,
    nameOf: (username: string) =>
      localizeDeleted({ username, displayName: `@${username}` }, viewer).displayName,
  }
}
