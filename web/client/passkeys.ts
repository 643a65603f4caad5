import { browserSupportsWebAuthn, startAuthentication, startRegistration } from '@simplewebauthn/browser'
import { paths } from '../paths.ts'

/** Passkeys belong to a name (WebAuthn, 5.4.2: the RP ID is a domain), and an address such as 127.0.0.1 is none. */
const possible = browserSupportsWebAuthn() && !/^[\d.]+$|^\[/.test(location.hostname)

/**
 * For pages with a form that a passkey fills in: its hidden field `credential` gets what the passkey answers, and the
 * form is sent as any other. What it was asked stands in `data-creation`; for signing in it is fetched, since a page may lie
 * open for longer than it is good for.
 */
for (const form of document.querySelectorAll<HTMLFormElement>('form[data-passkey]')) {
  form.hidden = !possible
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    void ask(form)
  })
}
for (const note of document.querySelectorAll<HTMLElement>('[data-no-passkeys]')) {
  note.hidden = possible
}

async function ask(form: HTMLFormElement): Promise<void> {
  const button = form.querySelector('button')!
  button.disabled = true
  complain(form, null)
  try {
    const { creation } = form.dataset
    const credential = creation
      ? await startRegistration({ optionsJSON: JSON.parse(creation) })
      : await startAuthentication({ optionsJSON: await requestOptions() })
    form.querySelector<HTMLInputElement>('[name=credential]')!.value = JSON.stringify(credential)
    form.submit()
  } catch (error) {
    complain(form, (error as Error).name === 'InvalidStateError' ? 'known' : 'failed')
  }
  button.disabled = false
}

async function requestOptions() {
  const response = await fetch(paths.api.passkeyRequest, { method: 'POST' })
  if (!response.ok) throw new Error(response.statusText)
  return response.json()
}

/** Shows the sentence of that name; the server wrote it, in the reader's language. */
function complain(form: HTMLFormElement, name: string | null): void {
  for (const sentence of form.querySelectorAll<HTMLElement>('[data-when]')) {
    sentence.hidden = sentence.dataset.when !== name
  }
}
