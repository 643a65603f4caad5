import { paths } from '../../web/paths.ts'
import { codeAt } from './authenticator-app.ts'
import type { Chat } from './chat.ts'
import { PASSWORD, type Person } from './person.ts'

/** Turns on two-factor authentication for this person. Returns the secret of the authenticator app. */
export async function enableTwoFactor({ deps }: Chat, person: Person): Promise<string> {
  const { secret } = (await person.post(paths.api.twoFactorSetup, { password: PASSWORD })).body
  await person.post(paths.api.twoFactor, { code: codeAt(secret, deps.now()) })
  return secret
}
