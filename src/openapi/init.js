// Loaded in the head and before anything is painted, so that no dark page flashes light.
const dark = matchMedia('(prefers-color-scheme: dark)')
const setTheme = () => document.documentElement.classList.toggle('dark-mode', dark.matches)
dark.addEventListener('change', setTheme)
setTheme()

addEventListener('DOMContentLoaded', () => {
  globalThis.SwaggerUIBundle({
    url: document.querySelector('link[rel=service-desc]').href,
    domNode: document.getElementById('api'),
    deepLinking: true,
    defaultModelsExpandDepth: 0,
    displayRequestDuration: true,
    syntaxHighlight: { theme: 'tomorrow-night' },
    plugins: [accessible],
    // The default one asks a server elsewhere.
    validatorUrl: null,
    requestInterceptor: (request) => Object.assign(request, { userFetch: fetchBriefly }),
  })
})

/** What of Swagger UI's markup keeps people with a screen reader out. */
function accessible({ React: { createElement } }) {
  return {
    components: {
      // Otherwise a link within a button.
      DeepLink: ({ text }) => createElement('span', null, text),
    },
    wrapComponents: {
      info: (Info) => (props) =>
        createElement('section', { 'aria-label': 'About' }, createElement(Info, props)),
      TextArea: (TextArea) => (props) => createElement(TextArea, { ...props, 'aria-label': 'Body' }),
    },
  }
}

const SECONDS = 5

/** An event stream has no end: what comes in its first seconds is shown. */
async function fetchBriefly(url, options) {
  const response = await fetch(url, options)
  if (response.headers.get('content-type') !== 'text/event-stream') return response
  const reader = response.body.getReader()
  setTimeout(() => reader.cancel(), SECONDS * 1000)
  const chunks = []
  for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read()) chunks.push(chunk.value)
  return new Response(new Blob(chunks), response)
}
