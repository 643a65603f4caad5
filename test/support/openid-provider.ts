import { createSign, generateKeyPairSync, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import Provider from 'oidc-provider'
import { freePort } from '../../scripts/servers.ts'

const CLIENT = { id: 'chatapp', secret: 'a secret of the client' }

type Claims = Record<string, unknown>

/** A real OpenID Connect provider on this machine. It signs in `account` without asking. */
export type TestProvider = {
  /** The settings of a ChatApp that uses it. */
  env: Record<string, string>
  /** The account that the next sign-in proves; null cancels it. */
  account: (Claims & { sub: string }) | null
  /** Changes the claims of the next ID tokens, which are signed again. */
  tamper: ((claims: Claims) => Claims) | null
  /** Breaks the signature of the next ID tokens. */
  breakSignature: boolean
  /** The ID of the session in the last ID token. */
  session: string | null
  /** Sends the requests of the provider to ChatApp. Default: over the network. */
  deliver: (url: string, init: RequestInit) => Promise<Response>
  /** Ends the session of a user in ChatApp, with a request that the provider itself signs and sends. */
  signOut(subject: string, session: string): Promise<void>
  /** Returns a logout token with these claims, signed by the provider or as given. */
  logoutToken(claims: Claims, sign?: { algorithm: string; sign(signed: string): string }): string
  /** Follows the redirects of the provider from `url` to the first URL of another origin, as a browser would. */
  follow(url: string): Promise<string>
  /** Responds, with the ChatApp at `origin` as the client. */
  start(origin: string): Promise<void>
  stop(): Promise<void>
}

const decode = (part: string) => Buffer.from(part, 'base64url').toString()

const claimsOf = (token: string): Claims => JSON.parse(decode(token.split('.')[1]!))

function encode(head: object, claims: object, sign: (signed: string) => string): string {
  const signed = [head, claims]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.')
  return `${signed}.${sign(signed)}`
}

/** Reserves a port. The provider starts once it knows its client. */
export async function openTestProvider(): Promise<TestProvider> {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  // The issuer contains the port, so the port must be known first.
  const port = await freePort()
  const issuer = `http://127.0.0.1:${port}`
  let provider: Provider
  let server: ReturnType<Provider['listen']>

  /** A provider with `origin` as its only client. */
  function create(origin: string): Provider {
    const created = new Provider(issuer, {
      clients: [
        {
          client_id: CLIENT.id,
          client_secret: CLIENT.secret,
          redirect_uris: [`${origin}/sign-in/openid/callback`],
          post_logout_redirect_uris: [`${origin}/sign-in`],
          backchannel_logout_uri: `${origin}/api/v1/openid/logout`,
          backchannel_logout_session_required: true,
        },
      ],
      jwks: {
        keys: [{ ...privateKey.export({ format: 'jwk' }), kid: 'test', alg: 'RS256', use: 'sig' } as never],
      },
      cookies: { keys: ['a key for the cookies of the provider'] },
      claims: {
        openid: ['sub'],
        profile: ['name', 'preferred_username'],
        email: ['email', 'email_verified'],
      },
      features: {
        devInteractions: { enabled: false },
        backchannelLogout: { enabled: true },
        rpInitiatedLogout: {
          enabled: true,
          logoutSource: (ctx, form) => {
            ctx.body = `<!doctype html><title>Sign out</title>${form}
              <button form="op.logoutForm" name="logout" value="yes">Yes, sign me out</button>`
          },
        },
      },
      fetch: (url, init) => testProvider.deliver(String(url), init as RequestInit),
      interactions: { url: (_, { uid }) => `/interaction/${uid}` },
      findAccount: (_, accountId) => ({
        accountId,
        claims: () => ({ ...testProvider.account, sub: accountId }),
      }),
      async loadExistingGrant({ oidc }) {
        const grant = new created.Grant({ clientId: CLIENT.id, accountId: oidc.session!.accountId! })
        grant.addOIDCScope('openid profile email')
        await grant.save()
        return grant
      },
    })
    created.use(async (ctx, next) => {
      if (ctx.path.startsWith('/interaction/')) {
        const { account } = testProvider
        const result = account
          ? { login: { accountId: account.sub, remember: false } }
          : { error: 'access_denied', error_description: 'The user cancelled.' }
        return created.interactionFinished(ctx.req, ctx.res, result)
      }
      await next()
      const body = ctx.body as { id_token?: string } | undefined
      if (ctx.path !== '/token' || !body?.id_token) return
      testProvider.session = claimsOf(body.id_token).sid as string
      body.id_token = reissue(body.id_token)
    })
    return created
  }

  function reissue(token: string): string {
    const [head, payload, signature] = token.split('.')
    if (testProvider.breakSignature) return `${head}.${payload}.${'A'.repeat(signature!.length)}`
    if (!testProvider.tamper) return token
    return encode(JSON.parse(decode(head!)), testProvider.tamper(claimsOf(token)), sign)
  }

  const sign = (signed: string) => createSign('RSA-SHA256').update(signed).sign(privateKey, 'base64url')

  const testProvider: TestProvider = {
    env: {
      OIDC_ISSUER: issuer,
      OIDC_CLIENT_ID: CLIENT.id,
      OIDC_CLIENT_SECRET: CLIENT.secret,
      OIDC_NAME: 'Acme ID',
    },
    account: null,
    tamper: null,
    breakSignature: false,
    session: null,
    deliver: (url, init) => fetch(url, init),
    async signOut(subject, session) {
      const client = (await provider.Client.find(CLIENT.id)) as unknown as {
        backchannelLogout(subject: string, session: string): Promise<void>
      }
      await client.backchannelLogout(subject, session)
    },
    logoutToken(claims, signer = { algorithm: 'RS256', sign }) {
      const now = Math.floor(Date.now() / 1000)
      const events = { 'http://schemas.openid.net/event/backchannel-logout': {} }
      const defaults = { iss: issuer, aud: CLIENT.id, iat: now, exp: now + 120, jti: randomUUID(), events }
      const head = { alg: signer.algorithm, typ: 'logout+jwt', kid: 'test' }
      return encode(head, { ...defaults, ...claims }, signer.sign)
    },
    async follow(url) {
      const cookies = new Map<string, string>()
      while (url.startsWith(issuer)) {
        const response = await fetch(url, {
          redirect: 'manual',
          headers: { cookie: [...cookies].map((pair) => pair.join('=')).join('; ') },
        })
        for (const cookie of response.headers.getSetCookie()) {
          const [, name, value] = /^([^=]+)=([^;]*)/.exec(cookie)!
          cookies.set(name!, value!)
        }
        const location = response.headers.get('location')
        if (!location) throw new Error(`${response.status} ${await response.text()}`)
        url = new URL(location, url).href
      }
      return url
    },
    async start(origin) {
      provider = create(origin)
      server = provider.listen(port, '127.0.0.1')
      await once(server, 'listening')
    },
    async stop() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
  return testProvider
}
