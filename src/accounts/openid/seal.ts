import { jwt } from '@elysiajs/jwt'

const ISSUER = 'chatapp'

/**
 * Signs values that a browser keeps between two requests.
 * @param secrets the first signs; all verify
 */
export function openSeals(secrets: readonly string[]) {
  const signers = secrets.map((secret) => jwt({ secret }).decorator.jwt)
  return {
    /** Seals the value for one purpose and some seconds. */
    seal: (purpose: string, value: object, seconds: number): Promise<string> =>
      signers[0]!.sign({
        value: JSON.stringify(value),
        iss: ISSUER,
        aud: `chatapp-${purpose}`,
        exp: Math.floor(Date.now() / 1000) + seconds,
      }),
    /** Returns the sealed value; null when it is not valid for this purpose now. */
    async unseal<Value extends object>(purpose: string, sealed: string): Promise<Value | null> {
      for (const { verify } of signers) {
        const payload = await verify(sealed, {
          issuer: ISSUER,
          audience: `chatapp-${purpose}`,
          algorithms: ['HS256'],
          requiredClaims: ['exp'],
        })
        if (payload && typeof payload.value === 'string') return JSON.parse(payload.value)
      }
      return null
    },
  }
}
