import type { Logger } from 'pino'
import { Invalid, Unavailable } from '../../http/errors.ts'
import { checkEmail } from '../email/address.ts'
import { DISPLAY_NAME } from '../limits.ts'
import { type LogoutToken, type LogoutTokenRules, verifyLogoutToken } from './logout-token.ts'
import { openStepTokens } from './step-tokens.ts'

/** Settings of the provider. */
export type OpenIdSettings = {
  issuer: string
  clientId: string
  clientSecret: string
  /** As the sign-in page shows it. */
  name: string
}

/** What the callback must match, kept in the browser that began. */
export type Checks = { state: string; nonce: string; verifier: string }

/** An account at the provider. */
export type Identity = {
  issuer: string
  subject: string
  /** The ID of the session at the provider; null when it names none. */
  session: string | null
  /** When it was proven, in milliseconds since 1970. */
  provenAt: number
  /** Suggestions for a new account; null when the provider has none. */
  username: string | null
  displayName: string | null
  /** The address, if the provider has verified it. */
  email: string | null
}

export type OpenIdProvider = ReturnType<typeof openProvider>

/** The user cancelled, or may not use this client. */
class OpenIdCancelled extends Invalid {
  constructor() {
    super({ form: 'openid_cancelled' })
  }
}

/** The response does not prove an identity: wrong state, nonce, code, signature, issuer or audience. */
export class OpenIdFailed extends Invalid {
  constructor() {
    super({ form: 'openid_failed' })
  }
}

/** The provider does not respond. */
class OpenIdUnavailable extends Invalid {
  constructor() {
    super({ form: 'openid_unavailable' })
  }
}

/** Milliseconds until the provider's metadata and keys are read again. */
const METADATA_MS = 60 * 60 * 1000

/**
 * Seconds since the user signed in at the provider; it asks again after that. A sign-in confirms changes of the account, so a
 * session at the provider must not be enough.
 */
const MAX_AGE_S = 10 * 60

/** Seconds to wait for the provider. */
const TIMEOUT_S = 10

/**
 * A client of an OpenID Connect provider: authorization code flow with PKCE (OpenID Connect Core 1.0, RFC 7636). It reads the
 * provider's metadata on first use, so that the server starts without the provider.
 */
export function openProvider(
  settings: OpenIdSettings,
  { secrets, log }: { secrets: readonly string[]; log: Pick<Logger, 'warn'> },
) {
  let opened: { client: Promise<Client>; until: number } | null = null

  function connect(): Promise<Client> {
    if (opened && opened.until > performance.now()) return opened.client
    const client = discover(settings)
    opened = { client, until: performance.now() + METADATA_MS }
    client.catch(() => {
      opened = null
    })
    return client
  }

  /** @throws OpenIdUnavailable */
  async function reach(): Promise<Client> {
    return connect().catch((error) => {
      log.warn({ issuer: settings.issuer, reason: reasonOf(error) }, 'the OpenID provider is unavailable')
      throw new OpenIdUnavailable()
    })
  }

  return {
    name: settings.name,
    ...openStepTokens(secrets),

    /**
     * Returns the URL at which the user signs in, and what the callback must match.
     * @param again whether a user who is signed in at the provider must sign in again
     * @throws OpenIdUnavailable
     */
    async begin({
      callback,
      again,
    }: {
      callback: string
      again: boolean
    }): Promise<{ url: string; checks: Checks }> {
      const { library, config } = await reach()
      const verifier = library.randomPKCECodeVerifier()
      const [state, nonce] = [library.randomState(), library.randomNonce()]
      const url = library.buildAuthorizationUrl(config, {
        redirect_uri: callback,
        scope: 'openid profile email',
        code_challenge: await library.calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256',
        state,
        nonce,
        max_age: String(MAX_AGE_S),
        ...(again && { prompt: 'login' }),
      })
      return { url: url.href, checks: { state, nonce, verifier } }
    },

    /**
     * Redeems the code of the callback for an identity.
     * @param checks with the current time
     * @throws OpenIdCancelled, OpenIdFailed, OpenIdUnavailable
     */
    async finish(callback: URL, { state, nonce, verifier, at }: Checks & { at: Date }): Promise<Identity> {
      const { library, config } = await reach()
      try {
        const tokens = await library.authorizationCodeGrant(config, callback, {
          pkceCodeVerifier: verifier,
          expectedState: state,
          expectedNonce: nonce,
          maxAge: MAX_AGE_S,
          idTokenExpected: true,
        })
        const claims = tokens.claims()!
        // Providers may put the profile into the ID token, or only into the response of this endpoint.
        const profile =
          claims.preferred_username === undefined && config.serverMetadata().userinfo_endpoint
            ? await library.fetchUserInfo(config, tokens.access_token, claims.sub)
            : {}
        return identityOf({ ...profile, ...claims }, at)
      } catch (error) {
        const isResponse = error instanceof library.AuthorizationResponseError
        if (isResponse && error.error === 'access_denied') throw new OpenIdCancelled()
        log.warn({ issuer: settings.issuer, reason: reasonOf(error) }, 'an OpenID sign-in failed')
        throw isNetworkError(error) ? new OpenIdUnavailable() : new OpenIdFailed()
      }
    },

    /** Validates the token with which the provider ends sessions here. @throws InvalidLogoutToken, Unavailable */
    async verifyLogoutToken(token: string, at: Date): Promise<LogoutToken> {
      const { logoutTokens } = await reach().catch(() => {
        throw new Unavailable('The OpenID provider is not available.', 10)
      })
      return verifyLogoutToken(token, { rules: logoutTokens, at })
    },

    /** The URL that ends the session at the provider (RP-Initiated Logout 1.0); null when the provider has none. */
    async signOutUrl(returnTo: string): Promise<string | null> {
      const { library, config } = await reach()
      if (!config.serverMetadata().end_session_endpoint) return null
      return library.buildEndSessionUrl(config, { post_logout_redirect_uri: returnTo }).href
    },
  }
}

type Client = Awaited<ReturnType<typeof discover>>

async function discover({ issuer, clientId, clientSecret }: OpenIdSettings) {
  // Loaded on demand: most servers have no provider.
  const library = await import('openid-client')
  const url = new URL(issuer)
  // Settings allow http for this machine only.
  const execute = url.protocol === 'http:' ? [library.allowInsecureRequests] : []
  const config = await library.discovery(url, clientId, clientSecret, undefined, {
    execute,
    timeout: TIMEOUT_S,
  })
  // Also verifies the signature of tokens that came directly from the provider.
  library.enableNonRepudiationChecks(config)
  const metadata = config.serverMetadata()
  const { createRemoteJWKSet } = await import('jose')
  const logoutTokens: LogoutTokenRules = {
    issuer: metadata.issuer,
    clientId,
    keys: createRemoteJWKSet(new URL(metadata.jwks_uri!), { timeoutDuration: TIMEOUT_S * 1000 }),
    algorithms: (metadata.id_token_signing_alg_values_supported ?? ['RS256']).filter(isAsymmetric),
  }
  return { library, config, logoutTokens }
}

const isAsymmetric = (algorithm: string) => !/^(?:none|HS\d+)$/.test(algorithm)

type Claims = Record<string, unknown> & { iss: string; sub: string }

/** Maximum characters of a suggested username. An email address fits, of which only the local part is suggested. */
const MAX_SUGGESTION = 254

/** At most 255 characters of ASCII (OpenID Connect Core 1.0, 2). MySQL ignores spaces at the end when it compares. */
const SUBJECT = /^(?! )[\x20-\x7e]{1,255}(?<! )$/

function identityOf(claims: Claims, at: Date): Identity {
  const { iss, sub, sid, preferred_username, name, email, email_verified } = claims
  // Kept in a cookie until the user has chosen a username.
  const text = (value: unknown, longest: number) =>
    typeof value === 'string' ? [...value.trim()].slice(0, longest).join('') || null : null
  if (iss.length > 255 || !SUBJECT.test(sub))
    throw Object.assign(new Error('not an identity that can be stored'), { code: 'INVALID_SUBJECT' })
  return {
    issuer: iss,
    subject: sub,
    session: typeof sid === 'string' && sid ? sid : null,
    provenAt: at.getTime(),
    username: text(preferred_username, MAX_SUGGESTION),
    displayName: text(name, DISPLAY_NAME),
    email: email_verified === true ? acceptedEmail(email) : null,
  }
}

/** The user cannot correct an address that ChatApp does not accept, so the account is created without it. */
function acceptedEmail(email: unknown): string | null {
  try {
    return typeof email === 'string' ? checkEmail(email) : null
  } catch {
    return null
  }
}

/** The library's error code, or the error of the connection. Messages may contain tokens. */
function reasonOf(error: unknown): string {
  const {
    code,
    name,
    error: reported,
    cause,
  } = error as {
    code?: string
    name?: string
    error?: string
    cause?: { code?: string; name?: string }
  }
  return [code ?? name, reported, cause?.code ?? cause?.name].filter((part) => part).join(', ')
}

function isNetworkError(error: unknown): boolean {
  const { code, name } = error as { code?: string; name?: string }
  return name === 'TypeError' || /^(?:ECONN|OAUTH_TIMEOUT)|ConnectionRefused/.test(code ?? '')
}
