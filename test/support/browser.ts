import { Window } from 'happy-dom'
import { paths } from '../../web/paths.ts'
import type { Chat } from './chat.ts'
import { PASSWORD } from './person.ts'

type Document = Window['document']
type Fields = Record<string, string>

/** A browser without JavaScript that follows links and redirects, submits forms and keeps cookies. */
export type Browser = {
  /** The current path and query; the URL of another site after a redirect to it. */
  path: string
  status: number
  headers: Headers
  html: string
  document: Document
  cookies: Map<string, string>
  visit(path: string): Promise<Browser>
  /** Returns the URL of another site to which the path redirects. */
  leave(path: string, init?: RequestInit): Promise<string>
  /** Follows the link with this text. */
  follow(text: string): Promise<Browser>
  /** Submits the form with its current values, overridden by `fields`. */
  submit(form: string, fields?: Fields): Promise<Browser>
  /** Returns the trimmed texts of the elements. */
  texts(selector: string): string[]
}

/** @param headers sent with each request, e.g. the languages */
export function openBrowser(chat: Pick<Chat, 'deps' | 'stranger'>, headers: Fields = {}): Browser {
  const person = chat.stranger()
  const { origin } = chat.deps.config
  const request = async (path: string, init: RequestInit = {}): Promise<Response> => {
    const cookie = [...browser.cookies].map((pair) => pair.join('=')).join('; ')
    const response = await person.fetch(path, {
      ...init,
      redirect: 'manual',
      headers: { accept: 'text/html', origin, ...(cookie && { cookie }), ...headers, ...init.headers },
    })
    for (const cookie of response.headers.getSetCookie()) {
      const [, name, value, expires] = /^([^=]+)=([^;]*).*Expires=([^;]+)/.exec(cookie)!
      if (Date.parse(expires!) > Date.now()) browser.cookies.set(name!, value!)
      else browser.cookies.delete(name!)
    }
    return response
  }
  const load = async (path: string, init: RequestInit = {}): Promise<Browser> => {
    const response = await request(path, init)
    const location = response.headers.get('location')
    if (location && !new URL(location, origin).href.startsWith(`${origin}/`))
      return Object.assign(browser, { path: location, status: response.status })
    if (location)
      return load(new URL(location, `${origin}${path}`).href.replace(origin, '').replace(/#.*/, ''))
    const html = await response.text()
    const document = new Window({ url: `${origin}${path}` }).document
    document.write(html)
    return Object.assign(browser, {
      path,
      status: response.status,
      headers: response.headers,
      html,
      document,
    })
  }
  const browser: Browser = {
    path: '',
    status: 0,
    headers: new Headers(),
    html: '',
    document: new Window().document,
    cookies: new Map(),
    visit: (path) => load(path.replace(origin, '')),
    async leave(path, init) {
      const location = (await request(path, init)).headers.get('location') ?? ''
      if (!URL.canParse(location)) throw new Error(`${path} does not redirect to another site`)
      return location
    },
    follow(text) {
      const link = [...browser.document.querySelectorAll('a[href]')].find(
        (a) => a.textContent?.trim() === text,
      )
      if (!link) throw new Error(`there is no link "${text}" on ${browser.path}`)
      return load(link.getAttribute('href')!)
    },
    submit(selector, fields = {}) {
      const form = browser.document.querySelector(selector)
      if (!form) throw new Error(`there is no form ${selector} on ${browser.path}`)
      const data = new URLSearchParams({ ...fieldsOf(form), ...fields })
      const action = form.getAttribute('action')!
      if (form.getAttribute('method') === 'get') return load(`${action}?${data}`)
      const type = 'application/x-www-form-urlencoded'
      return load(action, { method: 'POST', body: `${data}`, headers: { 'content-type': type } })
    },
    texts: (selector) =>
      [...browser.document.querySelectorAll(selector)].map((element) => element.textContent?.trim() ?? ''),
  }
  return browser
}

/** Opens a browser and signs in. */
export async function openSignedIn(
  chat: Pick<Chat, 'deps' | 'stranger'>,
  username: string,
  headers: Fields = {},
): Promise<Browser> {
  const browser = await openBrowser(chat, headers).visit(paths.signIn)
  return browser.submit('#sign-in', { username, password: PASSWORD })
}

function fieldsOf(form: NonNullable<ReturnType<Document['querySelector']>>): Fields {
  const named = [...form.querySelectorAll('input[name], textarea[name], select[name]')].filter(
    (field) => !/^(radio|checkbox)$/.test(field.getAttribute('type') ?? '') || field.hasAttribute('checked'),
  )
  return Object.fromEntries(
    named.map((field) => [
      field.getAttribute('name')!,
      field.tagName === 'TEXTAREA'
        ? field.textContent!
        : ((field.querySelector('option[selected]') ?? field).getAttribute('value') ?? ''),
    ]),
  )
}
