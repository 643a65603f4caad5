import { createHash, generateKeyPairSync, randomBytes, sign } from 'node:crypto'

/** Values to falsify in a WebAuthn ceremony. */
type Override = {
  origin?: string
  rpId?: string
  type?: string
  /** Whether the device verified the user. */
  verified?: boolean
  counter?: number
  userHandle?: string
  /** The format of the attestation: none, or a valid statement by the passkey itself (WebAuthn, 8.2). */
  attestation?: 'none' | 'packed'
}

/** A device with one passkey. Returns responses in the format of browsers (WebAuthn, 6 and 7). */
export type Authenticator = {
  id: string
  create(options: { challenge: string; user: { id: string } }, override?: Override): object
  get(options: { challenge: string }, override?: Override): object
}

/** @param origin the origin of the page that uses the device */
export function newAuthenticator(origin: string): Authenticator {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const { x = '', y = '' } = publicKey.export({ format: 'jwk' })
  const id = randomBytes(16)
  let owner = ''
  let used = 0

  const clientData = (type: string, challenge: string, override: Override) =>
    Buffer.from(
      JSON.stringify({
        type: override.type ?? type,
        challenge,
        origin: override.origin ?? origin,
        crossOrigin: false,
      }),
    )
  const authData = (
    { rpId = new URL(origin).hostname, verified = true, counter }: Override,
    key?: Buffer,
  ) => {
    const head = Buffer.alloc(5)
    // User present, user verified, a key is attached.
    head[0] = 1 | (verified ? 4 : 0) | (key ? 64 : 0)
    head.writeUInt32BE(counter ?? used, 1)
    return Buffer.concat([createHash('sha256').update(rpId).digest(), head, ...(key ? [key] : [])])
  }
  const credential = (response: Record<string, Buffer | string>) => ({
    id: id.toString('base64url'),
    rawId: id.toString('base64url'),
    type: 'public-key',
    clientExtensionResults: {},
    response: Object.fromEntries(
      Object.entries(response).map(([name, bytes]) => [name, bytes.toString('base64url' as 'utf8')]),
    ),
  })

  return {
    id: id.toString('base64url'),
    create({ challenge, user }, override = {}) {
      owner = user.id
      // COSE: {1: 2 (EC2), 3: -7 (ES256), -1: 1 (P-256), -2: x, -3: y}.
      const cose = Buffer.concat([
        Buffer.from('a5010203262001215820', 'hex'),
        Buffer.from(x, 'base64url'),
        Buffer.from('225820', 'hex'),
        Buffer.from(y, 'base64url'),
      ])
      const length = Buffer.from([0, id.length])
      const data = authData(override, Buffer.concat([Buffer.alloc(16), length, id, cose]))
      const clientDataJSON = clientData('webauthn.create', challenge, override)
      const authenticatorData = [Buffer.from('68617574684461746158', 'hex'), Buffer.from([data.length]), data]
      if (override.attestation === 'packed') {
        const hash = createHash('sha256').update(clientDataJSON).digest()
        const signature = sign('sha256', Buffer.concat([data, hash]), privateKey)
        // CBOR: {"fmt": "packed", "attStmt": {"alg": -7, "sig": …}, "authData": …}.
        const attestationObject = Buffer.concat([
          Buffer.from('a363666d74667061636b65646761747453746d74a263616c67266373696758', 'hex'),
          Buffer.from([signature.length]),
          signature,
          ...authenticatorData,
        ])
        return credential({ clientDataJSON, attestationObject })
      }
      // CBOR: {"fmt": "none", "attStmt": {}, "authData": …}.
      const attestationObject = Buffer.concat([
        Buffer.from('a363666d74646e6f6e656761747453746d74a0', 'hex'),
        ...authenticatorData,
      ])
      return credential({ clientDataJSON, attestationObject })
    },
    get({ challenge }, override = {}) {
      used += 1
      const clientDataJSON = clientData('webauthn.get', challenge, override)
      const authenticatorData = authData(override)
      const signed = Buffer.concat([authenticatorData, createHash('sha256').update(clientDataJSON).digest()])
      const signature = sign('sha256', signed, privateKey)
      const userHandle = override.userHandle ?? owner
      const assertion = credential({ clientDataJSON, authenticatorData, signature })
      return { ...assertion, response: { ...assertion.response, userHandle } }
    },
  }
}
