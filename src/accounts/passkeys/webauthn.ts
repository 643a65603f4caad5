import type {
  AuthenticationResponseJSON,
  PublicKeyCredentialCreationOptionsJSON,
  PublicKeyCredentialRequestOptionsJSON,
  RegistrationResponseJSON,
} from '@simplewebauthn/server'
import type { Config } from '../../process/config.ts'
import type { PasskeyEntity } from './entity.ts'
import type { NewCredentialView, UsedCredentialView } from './schema.ts'

/** WebAuthn (https://www.w3.org/TR/webauthn-3/) for one site: the one in the settings, whatever a request says of itself. */
type Site = Pick<Config, 'origin'>

const site = ({ origin }: Site) => ({ expectedOrigin: origin, expectedRPID: new URL(origin).hostname })

/** EdDSA, ES256 and RS256, which every runtime that we run on can check. */
const ALGORITHMS = [-8, -7, -257]

/** Loaded when used: an eighth of a second that no start should wait for. */
const library = () => import('@simplewebauthn/server')

/** Under what name an authenticator keeps somebody: tells nothing, and never changes. */
export const userHandle = (user: number) => Buffer.from(String(user))

/** What `navigator.credentials.create()` is to be called with. */
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

/** What `navigator.credentials.get()` is to be called with. */
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

/** The challenge that a browser says it answers; null when it says none. */
export function challengeIn(clientDataJSON: string): string | null {
  try {
    const { challenge } = JSON.parse(Buffer.from(clientDataJSON, 'base64url').toString())
    return typeof challenge === 'string' ? challenge : null
  } catch {
    return null
  }
}

/** The new passkey in a browser's answer; null unless it is of this site, by a verified user, and answers the challenge. */
export async function verifyCreation(
  config: Site,
  credential: NewCredentialView,
  challenge: string,
): Promise<Pick<PasskeyEntity, 'credentialId' | 'counter' | 'publicKey'> | null> {
  const { verifyRegistrationResponse } = await library()
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

/** The new count of a passkey; null unless it signed the challenge for this site, by a verified user, and counted on. */
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
