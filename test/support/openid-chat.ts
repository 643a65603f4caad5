import { paths } from '../../web/paths.ts'
import { openBrowser } from './browser.ts'
import { type Backend, openChat } from './chat.ts'
import { openTestProvider, type TestProvider } from './openid-provider.ts'

const ORIGIN = 'http://localhost:3000'

/** Opens ChatApp with its own OpenID Connect provider. */
export async function openOpenIdChat(backend: Backend, env: Record<string, string> = {}) {
  const provider = await openTestProvider()
  await provider.start(ORIGIN)
  const chat = await openChat(backend, { env: { ...provider.env, ...env } })
  const browse = (headers: Record<string, string> = {}) => openBrowser(chat, headers)
  return {
    chat,
    provider,
    browse,
    /** Signs in at the provider, and returns to the page that the browser then shows. */
    async signIn(account: TestProvider['account'], browser = browse(), start: string = paths.openIdSignIn) {
      provider.account = account
      await browser.visit(await browser.leave(start).then(provider.follow))
      return browser
    },
    async close() {
      await chat.close()
      await provider.stop()
    },
  }
}
