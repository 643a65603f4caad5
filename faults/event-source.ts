/** The part of `EventSource` (WHATWG HTML, 9.2) that the product uses, with request headers. Bun has none. */
export function eventSourceWith(headers: Record<string, string>): typeof EventSource {
  class Source extends EventTarget {
    onerror: (() => void) | null = null
    readonly #abort = new AbortController()

    constructor(url: string) {
      super()
      this.#read(url).catch(() => this.#abort.signal.aborted || this.onerror?.())
    }

    close() {
      this.#abort.abort()
    }

    async #read(url: string): Promise<never> {
      const response = await fetch(url, { headers, signal: this.#abort.signal })
      if (!response.ok || !response.body) throw new Error(`status ${response.status}`)
      const decoder = new TextDecoder()
      let rest = ''
      for await (const bytes of response.body) {
        const blocks = (rest + decoder.decode(bytes, { stream: true })).split('\n\n')
        rest = blocks.pop() ?? ''
        for (const block of blocks) this.#dispatch(block)
      }
      throw new Error('the stream has ended')
    }

    #dispatch(block: string) {
      const field = (name: string) => block.match(new RegExp(`^${name}: (.*)$`, 'm'))?.[1]
      const [type, data] = [field('event'), field('data')]
      if (type && !this.#abort.signal.aborted) this.dispatchEvent(new MessageEvent(type, { data }))
    }
  }
  return Source as unknown as typeof EventSource
}
