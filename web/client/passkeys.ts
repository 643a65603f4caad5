import { browserSupportsWebAuthn, startAuthentication, startRegistration } from '@simplewebauthn/browser'
import { paths } from '../paths.ts'

/** Passkeys need a domain name (WebAuthn, 5.4.2: the RP ID is a domain), not an IP address such as 127.0.0.1. */
const isSupported = browserSupportsWebAuthn() && !/^[\d.]+$|^\[/.test(location.hostname)

/**
 * For forms that a passkey fills in: the response of the authenticator goes into the hidden field `credential`, and the
 * form is submitted as usual. Creation options are in `data-creation`; request options, for signing in, are fetched when
 * needed, since a page may stay open for longer than they are valid.
 */
for (const form of document.querySelectorAll<HTMLFormElement>('form[data-passkey]')) {
  form.hidden = !isSupported
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    void submitWithPasskey(form)
  })
}
for (const note of document.querySelectorAll<HTMLElement>('[data-no-passkeys]')) {
  note.hidden = isSupported
}

async function submitWithPasskey(form: HTMLFormElement): Promise<void> {
  const button = form.querySelector('button')!
  button.disabled = true
  showProblem(form, null)
  try {
    const { creation } = form.dataset
    const credential = creation
      ? await startRegistration({ optionsJSON: JSON.parse(creation) })
      : await startAuthentication({ optionsJSON: await requestOptions() })
    form.querySelector<HTMLInputElement>('[name=credential]')!.value = JSON.stringify(credential)
    form.submit()
  } catch (error) {
    showProblem(form, (error as Error).name === 'InvalidStateError' ? 'known' : 'failed')
  }
  button.disabled = false
}

async function requestOptions() {
  const response = await fetch(paths.api.passkeyRequest, { method: 'POST' })
  if (!response.ok) throw new Error(response.statusText)
  return response.json()
}

/** Shows only the sentence with this name; the server rendered all of them in the viewer's language. */
function showProblem(form: HTMLFormElement, name: string | null): void {
  for (const sentence of form.querySelectorAll<HTMLElement>('[data-when]')) {
    sentence.hidden = sentence.dataset.when !== name
  }
}
