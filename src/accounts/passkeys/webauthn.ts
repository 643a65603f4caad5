import type {
  AuthenticationResponseJSON,
  PublicKeyCredentialCreationOptionsJSON,
  PublicKeyCredentialRequestOptionsJSON,
  RegistrationResponseJSON,
} from '@simplewebauthn/server'
import type { Config } from '../../process/config.ts'
import type { PasskeyEntity } from './entity.ts'
import type { NewCredentialView, UsedCredentialView } from './schema.ts'

/** The site for WebAuthn (https://www.w3.org/TR/webauthn-3/), from the settings: request headers can be forged. */
type Site = Pick<Config, 'origin'>

const site = ({ origin }: Site) => ({ expectedOrigin: origin, expectedRPID: new URL(origin).hostname })

/** EdDSA, ES256 and RS256, which all supported runtimes can verify. */
const ALGORITHMS = [-8, -7, -257]

/** Loaded on demand, because loading takes an eighth of a second. */
const library = () => import('@simplewebauthn/server')

/** The user's ID for authenticators. It never changes and contains no personal data. */
export const userHandle = (user: number) => Buffer.from(String(user))

/** The options for `navigator.credentials.create()`. */
export async function creationOptions(
  { origin }: Site,
  {
    user,
    known,
    challenge,
  }: {
    user: { id: number; username: string; displayName: string }
    known: readonly string[]
    challenge: string
  },
): Promise<PublicKeyCredentialCreationOptionsJSON> {
  const { generateRegistrationOptions } = await library()
  return generateRegistrationOptions({
    rpName: 'ChatApp',
    rpID: new URL(origin).hostname,
    userID: new Uint8Array(userHandle(user.id)),
    userName: user.username,
    userDisplayName: user.displayName,
    challenge: Buffer.from(challenge, 'base64url'),
    excludeCredentials: known.map((id) => ({ id })),
    supportedAlgorithmIDs: ALGORITHMS,
    authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
  })
}

/** The options for `navigator.credentials.get()`. */
export async function requestOptions(
  { origin }: Site,
  challenge: string,
): Promise<PublicKeyCredentialRequestOptionsJSON> {
  const { generateAuthenticationOptions } = await library()
  return generateAuthenticationOptions({
    rpID: new URL(origin).hostname,
    challenge: Buffer.from(challenge, 'base64url'),
    userVerification: 'required',
  })
}

/** The challenge in a browser's response; null without one. Not verified yet. */
export function challengeIn(clientDataJSON: string): string | null {
  try {
    const { challenge } = JSON.parse(Buffer.from(clientDataJSON, 'base64url').toString())
    return typeof challenge === 'string' ? challenge : null
  } catch {
    return null
  }
}

/**
 * Verifies a new passkey; null unless it is for this site and this challenge, with user verification. The options ask for no
 * attestation. A statement of any format is refused before it is parsed: it contains certificates, and some name URLs to fetch.
 */
export async function verifyCreation(
  config: Site,
  credential: NewCredentialView,
  challenge: string,
): Promise<Pick<PasskeyEntity, 'credentialId' | 'counter' | 'publicKey'> | null> {
  const { verifyRegistrationResponse } = await library()
  if (!(await isWithoutAttestation(credential))) return null
  const { registrationInfo } = await verifyRegistrationResponse({
    response: credential as RegistrationResponseJSON,
    expectedChallenge: challenge,
    supportedAlgorithmIDs: ALGORITHMS,
    ...site(config),
  }).catch(() => ({ registrationInfo: undefined }))
  if (!registrationInfo) return null
  const { id, publicKey, counter } = registrationInfo.credential
  return { credentialId: id, publicKey: Buffer.from(publicKey), counter }
}

async function isWithoutAttestation({ response }: NewCredentialView): Promise<boolean> {
  const { decodeAttestationObject } = await import('@simplewebauthn/server/helpers')
  try {
    const object = decodeAttestationObject(
      new Uint8Array(Buffer.from(response.attestationObject, 'base64url')),
    )
    return object.get('fmt') === 'none' && object.get('attStmt').size === 0
  } catch {
    return false
  }
}

/** Verifies a signature and returns the new counter; null when it is invalid, or lacks user verification. */
export async function verifyUse(
  config: Site,
  credential: UsedCredentialView,
  { challenge, passkey }: { challenge: string; passkey: PasskeyEntity },
): Promise<number | null> {
  const { verifyAuthenticationResponse } = await library()
  const { credentialId: id, counter } = passkey
  const { verified, authenticationInfo } = await verifyAuthenticationResponse({
    response: credential as AuthenticationResponseJSON,
    expectedChallenge: challenge,
    credential: { id, publicKey: new Uint8Array(passkey.publicKey), counter },
    ...site(config),
  }).catch(() => ({ verified: false as const, authenticationInfo: undefined }))
  return verified ? authenticationInfo.newCounter : null
}
