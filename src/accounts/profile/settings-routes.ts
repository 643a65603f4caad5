import { Elysia } from 'elysia'
import { paths } from '../../../web/paths.ts'
import { problems } from '../../http/schema.ts'
import type { Deps } from '../../process/deps.ts'
import { auth } from '../sessions/auth.ts'
import { Settings } from './schema.ts'
import { changeSettings } from './settings.ts'

/** The user's own settings, as JSON. */
export function settingsRoutes(deps: Deps) {
  return new Elysia()
    .use(auth(deps))
    .get(
      paths.api.settings,
      ({ me: { displayName, language, theme, zone } }) => ({ displayName, language, theme, zone }),
      {
        auth: true,
        response: { 200: Settings },
        detail: {
          operationId: 'getSettings',
          tags: ['Settings'],
          summary: 'Get your settings',
          description: 'Display name, language, theme and time zone.',
        },
      },
    )
    .put(
      paths.api.settings,
      async ({ me, body }) => {
        const { displayName, language, theme, zone } = await changeSettings(deps, me.id, body)
        return { displayName, language: language ?? null, theme: theme ?? null, zone: zone ?? null }
      },
      {
        auth: 'session',
        body: Settings,
        response: { 200: Settings, ...problems(422, 429) },
        detail: {
          operationId: 'changeSettings',
          tags: ['Settings'],
          summary: 'Change your settings',
          description:
            'Replaces all settings. null follows the browser, the system or the device. 429 after 100 changes in ten minutes.',
        },
      },
    )
}
