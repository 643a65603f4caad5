import { Elysia } from 'elysia'
import type { Deps } from '../process/deps.ts'
import { tokenPages } from './api-tokens/pages.tsx'
import { tokenRoutes } from './api-tokens/routes.ts'
import { dataPages } from './data/pages.tsx'
import { dataRoutes } from './data/routes.ts'
import { emailPages } from './email/pages.tsx'
import { emailRoutes } from './email/routes.ts'
import { invitePages } from './invites/pages.tsx'
import { inviteRoutes } from './invites/routes.ts'
import { inviteSignUpPages } from './invites/sign-up-pages.tsx'
import { openIdPages } from './openid/pages.tsx'
import { openIdRoutes } from './openid/routes.ts'
import { openIdSettings } from './openid/settings-pages.tsx'
import { passkeyPages } from './passkeys/pages.tsx'
import { passkeyRoutes } from './passkeys/routes.ts'
import { passwordRoutes } from './password/change-routes.ts'
import { passwordResetPages } from './password/reset-pages.tsx'
import { passwordResetRoutes } from './password/reset-routes.ts'
import { avatarRoutes } from './profile/avatar-routes.ts'
import { settingsPages } from './profile/pages.tsx'
import { settingsRoutes } from './profile/settings-routes.ts'
import { securityPages } from './sessions/pages.tsx'
import { sessionRoutes } from './sessions/routes.ts'
import { accountPages } from './sign-in/pages.tsx'
import { signInRoutes } from './sign-in/routes.ts'
import { twoFactorPages } from './two-factor/pages.tsx'
import { twoFactorRoutes } from './two-factor/routes.ts'
import { userRoutes } from './users/routes.ts'

/** Sign-up, sign-in and account settings. */
export function accounts(deps: Deps) {
  return new Elysia()
    .use(accountPages(deps))
    .use(signInRoutes(deps))
    .use(deps.openId ? openIdPages(deps, deps.openId) : new Elysia())
    .use(deps.openId ? openIdRoutes(deps, deps.openId) : new Elysia())
    .use(deps.openId ? openIdSettings(deps, deps.openId) : new Elysia())
    .use(inviteSignUpPages(deps))
    .use(userRoutes(deps))
    .use(passwordResetPages(deps))
    .use(passwordResetRoutes(deps))
    .use(emailPages(deps))
    .use(emailRoutes(deps))
    .use(settingsPages(deps))
    .use(settingsRoutes(deps))
    .use(avatarRoutes(deps))
    .use(securityPages(deps))
    .use(passwordRoutes(deps))
    .use(sessionRoutes(deps))
    .use(passkeyPages(deps))
    .use(passkeyRoutes(deps))
    .use(twoFactorPages(deps))
    .use(twoFactorRoutes(deps))
    .use(invitePages(deps))
    .use(inviteRoutes(deps))
    .use(tokenPages(deps))
    .use(tokenRoutes(deps))
    .use(dataPages(deps))
    .use(dataRoutes(deps))
}
