// Runs before the first paint, so that a dark page does not flash light.
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
    // The default validator is an external server.
    validatorUrl: null,
    requestInterceptor: (request) => Object.assign(request, { userFetch: fetchBriefly }),
  })
})

/** Fixes Swagger UI's markup for screen readers. */
function accessible({ React: { createElement } }) {
  return {
    components: {
      // The default is a link inside a button.
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

/** Ends an event stream after `SECONDS`, so that the page can show it. */
async function fetchBriefly(url, options) {
  const response = await fetch(url, options)
  if (response.headers.get('content-type') !== 'text/event-stream') return response
  const reader = response.body.getReader()
  setTimeout(() => reader.cancel(), SECONDS * 1000)
  const chunks = []
  for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read()) chunks.push(chunk.value)
  return new Response(new Blob(chunks), response)
}
