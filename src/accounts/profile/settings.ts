import { transaction } from '../../database/orm.ts'
import { type FieldCode, Invalid } from '../../http/errors.ts'
import type { Deps } from '../../process/deps.ts'
import type { UserEntity } from '../users/entity.ts'
import { lockUser } from '../users/lock-user.ts'
import { checkAll, checkDisplayName, replaceNameWords } from '../users/service.ts'
import { LANGUAGES, type Language, type SettingsView, THEMES, type Theme } from './schema.ts'
import { knownZone } from './time-zone.ts'

/** Replaces all settings of the user `me`. @throws Invalid with all invalid fields; TooManyRequests */
export async function changeSettings(deps: Deps, me: number, settings: SettingsView): Promise<UserEntity> {
  const { language, theme, zone, ...checked } = await checkAll({
    language: () => checkChoice<Language>(LANGUAGES, settings.language, 'language', 'unknown_language'),
    theme: () => checkChoice<Theme>(THEMES, settings.theme, 'theme', 'unknown_theme'),
    zone: () => checkZone(settings.zone),
    displayName: () => checkDisplayName(settings.displayName),
  })
  await deps.limits.take('settings', String(me))
  return transaction(deps, async (em) => {
    const user = await lockUser(em, me)
    const displayName = checked.displayName ?? user.username
    if (displayName !== user.displayName) await replaceNameWords(em, user, displayName)
    em.assign(user, { displayName, language, theme, zone })
    return user
  })
}

function checkZone(name: string | null): string | null {
  if (name === null) return null
  const zone = knownZone(name)
  if (!zone) throw new Invalid({ zone: 'zone' })
  return zone
}

function checkChoice<T extends string>(
  choices: readonly T[],
  value: string | null,
  field: string,
  code: FieldCode,
): T | null {
  if (value === null) return null
  if (!(choices as readonly string[]).includes(value)) throw new Invalid({ [field]: code })
  return value as T
}
