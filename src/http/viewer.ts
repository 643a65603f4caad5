import Negotiator from 'negotiator'
import { text } from '../../web/text/text.ts'
import { LANGUAGES, type Language, type Viewer } from '../accounts/profile/schema.ts'
import { knownZone, runtimeZone } from '../accounts/profile/time-zone.ts'
import { isTombstone } from '../accounts/users/names.ts'
import type { UserView } from '../accounts/users/schema.ts'
import { cookieValues } from './cookies.ts'
import { currentRequest } from './request-context.ts'

/**
 * Language, time zone and theme of the current request: the caller's settings, or else the browser's. Computed when read,
 * because most API calls do not use them.
 */
export function viewerOf(request: Request): Viewer {
  let language: Language | undefined
  let zone: string | undefined
  return {
    get language() {
      language ??= currentRequest()?.caller?.language ?? languageOf(request)
      return language
    },
    get zone() {
      zone ??= runtimeZone(currentRequest()?.caller?.zone ?? zoneOf(request) ?? 'UTC')
      return zone
    },
    get theme() {
      return currentRequest()?.caller?.theme ?? null
    },
    get confirmsBySignIn() {
      return currentRequest()?.caller?.hasPassword === false
    },
  }
}

/** Replaces the display name of a deleted account with a text in the viewer's language. */
export function localizeDeleted<Person extends UserView>(person: Person, { language }: Viewer): Person {
  return isTombstone(person.username) ? { ...person, displayName: text(language).deletedAccount } : person
}

function languageOf(request: Request): Language {
  const headers = { 'accept-language': request.headers.get('accept-language') ?? '' }
  return (new Negotiator({ headers }).language([...LANGUAGES]) as Language | undefined) ?? 'en'
}

/**
 * The time zone in the browser's cookie, so that the server renders local times. The last valid one: the browser sends ours
 * after those that another app set for a path.
 */
function zoneOf(request: Request): string | null {
  const cookies = cookieValues(request, currentRequest()?.cookies.zone ?? '')
  return cookies.map((cookie) => knownZone(decode(cookie))).findLast((zone) => zone !== null) ?? null
}

function decode(value: string): string {
  try {
    return decodeURIComponent(value)
  } catch {
    return value
  }
}
