import { createHash, generateKeyPairSync, randomBytes, sign } from 'node:crypto'

/** What a ceremony of WebAuthn may be made to get wrong. */
type Twist = {
  origin?: string
  rpId?: string
  type?: string
  /** Whether the device knew its owner. */
  verified?: boolean
  counter?: number
  userHandle?: string
}

/** A device that makes and uses one passkey, as a browser would hand its answers on (WebAuthn, 6 and 7). */
export type Authenticator = {
  id: string
  create(options: { challenge: string; user: { id: string } }, twist?: Twist): object
  get(options: { challenge: string }, twist?: Twist): object
}

/** @param origin where its browser is */
export function newAuthenticator(origin: string): Authenticator {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const { x = '', y = '' } = publicKey.export({ format: 'jwk' })
  const id = randomBytes(16)
  let owner = ''
  let used = 0

  const clientData = (type: string, challenge: string, twist: Twist) =>
    Buffer.from(
      JSON.stringify({
        type: twist.type ?? type,
        challenge,
        origin: twist.origin ?? origin,
        crossOrigin: false,
      }),
    )
  const authData = ({ rpId = new URL(origin).hostname, verified = true, counter }: Twist, key?: Buffer) => {
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
    create({ challenge, user }, twist = {}) {
      owner = user.id
      // COSE: {1: 2 (EC2), 3: -7 (ES256), -1: 1 (P-256), -2: x, -3: y}.
      const cose = Buffer.concat([
        Buffer.from('a5010203262001215820', 'hex'),
        Buffer.from(x, 'base64url'),
        Buffer.from('225820', 'hex'),
        Buffer.from(y, 'base64url'),
      ])
      const length = Buffer.from([0, id.length])
      const data = authData(twist, Buffer.concat([Buffer.alloc(16), length, id, cose]))
      // CBOR: {"fmt": "none", "attStmt": {}, "authData": …}.
      const attestationObject = Buffer.concat([
        Buffer.from('a363666d74646e6f6e656761747453746d74a068617574684461746158', 'hex'),
        Buffer.from([data.length]),
        data,
      ])
      return credential({
        clientDataJSON: clientData('webauthn.create', challenge, twist),
        attestationObject,
      })
    },
    get({ challenge }, twist = {}) {
      used += 1
      const clientDataJSON = clientData('webauthn.get', challenge, twist)
      const authenticatorData = authData(twist)
      const signed = Buffer.concat([authenticatorData, createHash('sha256').update(clientDataJSON).digest()])
      const signature = sign('sha256', signed, privateKey)
      const userHandle = twist.userHandle ?? owner
      const answer = credential({ clientDataJSON, authenticatorData, signature })
      return { ...answer, response: { ...answer.response, userHandle } }
    },
  }
}
