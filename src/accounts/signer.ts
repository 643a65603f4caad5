import { jwt } from '@elysiajs/jwt'

const ISSUER = 'chatapp'

/**
 * Signs and verifies JWTs, each for one audience.
 * @param secrets the first signs; all verify, so that the secret can be rotated
 */
export function openSigner(secrets: readonly string[]) {
  const signers = secrets.map((secret) => jwt({ secret }).decorator.jwt)
  return {
    sign: (audience: string, claims: Record<string, string>, expiresAt: Date): Promise<string> =>
      signers[0]!.sign({
        ...claims,
        iss: ISSUER,
        aud: audience,
        exp: Math.floor(expiresAt.getTime() / 1000),
      }),
    /** The claims of a token that is valid for this audience now; otherwise null. */
    async verify(audience: string, token: string, requiredClaims: readonly string[]) {
      for (const { verify } of signers) {
        const claims = await verify(token, {
          issuer: ISSUER,
          audience,
          algorithms: ['HS256'],
          requiredClaims: ['exp', ...requiredClaims],
        })
        if (claims) return claims
      }
      return null
    },
  }
}
