import Negotiator from 'negotiator'
import { text } from '../../web/text/text.ts'
import { knownZone } from '../accounts/profile/time-zone.ts'
import { LANGUAGES, type Language, type UserView, type Viewer } from '../accounts/schema.ts'
import type { Me } from '../accounts/sessions/session.ts'
import { isTombstone } from '../accounts/users/names.ts'
import type { Deps } from '../process/deps.ts'

/** How the one who asks reads: what they chose in their settings, else what their browser says. */
export function viewerOf(request: Request, me: Me | null): Viewer {
  return {
    language: me?.language ?? languageOf(request),
    zone: me?.zone ?? zoneOf(request) ?? 'UTC',
    theme: me?.theme ?? null,
  }
}

/** Somebody as the reader's pages show them: a deleted account has no name of its own. */
export function localizeDeleted<Person extends UserView>(person: Person, { language }: Viewer): Person {
  return isTombstone(person.username) ? { ...person, displayName: text(language).deletedAccount } : person
}

/** How an administrator reads the pages for administrators, and what these show. */
export function adminViewerOf({ config }: Pick<Deps, 'config'>, request: Request, me: Me) {
  const reader = viewerOf(request, me)
  return {
    reader,
    readsMessages: config.adminReadsMessages,
    nameOf: (username: string) =>
      localizeDeleted({ username, displayName: `@${username}` }, reader).displayName,
  }
}

function languageOf(request: Request): Language {
  const headers = { 'accept-language': request.headers.get('accept-language') ?? '' }
  return (new Negotiator({ headers }).language([...LANGUAGES]) as Language | undefined) ?? 'en'
}

/** The browser writes its zone into a cookie, so that the server renders times as the reader's clock has them. */
function zoneOf(request: Request): string | null {
  const written = /(?:^|; *)zone=([^;]{1,64})/.exec(request.headers.get('cookie') ?? '')?.[1]
  try {
    return written ? knownZone(decodeURIComponent(written)) : null
  } catch {
    return null
  }
}
