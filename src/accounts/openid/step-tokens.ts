import { openSigner } from '../signer.ts'

/** Seconds to sign in at the provider, to type a code, and to choose a username. */
export const STEP_LIFETIME_S = 15 * 60

/** Signs what a browser keeps between two steps of a sign-in. */
export function openStepTokens(secrets: readonly string[]) {
  const signer = openSigner(secrets)
  const audienceOf = (kind: string) => `chatapp-openid-${kind}`
  return {
    /** Returns a token with the value, which is valid for this kind of step and some seconds. */
    sign: (kind: string, value: object, seconds: number): Promise<string> =>
      signer.sign(audienceOf(kind), { value: JSON.stringify(value) }, new Date(Date.now() + seconds * 1000)),
    /** Returns the value; null when the token is not valid for this kind of step now. */
    async verify<Value extends object>(kind: string, token: string): Promise<Value | null> {
      const claims = await signer.verify(audienceOf(kind), token, ['value'])
      return claims && typeof claims.value === 'string' ? JSON.parse(claims.value) : null
    },
  }
}
