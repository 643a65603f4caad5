import { hydrate, render } from 'preact'
import { BODY_LIMIT } from '../../src/messages/limits.ts'
import type { MessageView } from '../../src/messages/schema.ts'
import { Conversation } from '../chat/conversation.tsx'
import type { ConnectionStatus, ConversationActions, ConversationProps } from '../chat/conversation-props.ts'
import { paths } from '../paths.ts'
import type { Api } from '../sync/api.ts'
import type { Clock } from '../sync/clock.ts'
import { ConversationStore } from '../sync/conversation-store.ts'
import type { Drafts } from '../sync/drafts.ts'
import type { SendQueue } from '../sync/send-queue.ts'
import { chatText } from '../text/chat-text.ts'

type Env = {
  api: Pick<Api, 'changes' | 'earlier'>
  sender: Pick<SendQueue, 'send' | 'outgoing' | 'retry' | 'discard' | 'confirmed'>
  drafts: Drafts
  clock: Clock
  connection(): ConnectionStatus
  read(person: string, seq: number): void
  onStranger(): void
}

/** The conversation that is alive on the page: at most one, where the server rendered it. */
export class Island {
  #host: Element | null = null
  #props: ConversationProps | null = null
  #thread: ConversationStore | null = null
  #due = false

  constructor(readonly env: Env) {}

  /** The username of the one it is with. */
  get person(): string | null {
    return this.#props?.person.username ?? null
  }

  /** Takes over what stands in the document now, and lets go of what stood there before. */
  sync(document: Document): void {
    const host = document.getElementById('conversation')
    if (host === this.#host) return
    this.#leave()
    const json = document.getElementById('conversation-props')?.textContent
    if (!host || !json) return
    const props: ConversationProps = JSON.parse(json)
    // A page of history is for people without JavaScript; with it, one scrolls there from the newest.
    if (props.next) document.location.replace(paths.chat(props.person.username))
    else this.#take(host, props)
  }

  /** The live connection changed; or the outbox did, of the conversation with `person`. */
  refresh(person = this.person): void {
    if (person !== this.person || this.#due) return
    this.#due = true
    queueMicrotask(() => {
      this.#due = false
      this.#show()
    })
  }

  catchUp(): void {
    void this.#thread?.catchUp()
  }

  /** An event told of a version of the conversation with `person`. */
  hear(person: string, version: number): void {
    if (person === this.person) this.#thread?.hear(version)
  }

  /** A message of mine is stored; null: what it says has to be read. */
  landed(person: string, message: MessageView | null): void {
    if (person !== this.person) return
    if (message) this.#thread?.landed(message)
    else this.catchUp()
  }

  /** Nothing that is written to `person` is taken any more: it stands there as on a page that is loaded then. */
  close(person: string): void {
    if (person !== this.person || !this.#props) return
    this.#props.open = false
    this.refresh()
  }

  #take(host: Element, props: ConversationProps): void {
    const { api, sender, clock, onStranger } = this.env
    const person = props.person.username
    this.#host = host
    this.#thread = new ConversationStore({
      me: props.me.username,
      person,
      start: props,
      ...api,
      clock,
      random: Math.random,
      outgoing: () => sender.outgoing(person),
      onConfirmed: (clientIds) => sender.confirmed(clientIds),
      onChange: () => this.refresh(),
      onStranger,
    })
    this.#props = { ...props, actions: this.#actions(props, this.#thread) }
    // First as the server rendered it, where nothing is said of the connection; then as it is.
    hydrate(<Conversation {...this.#props} connection="live" />, host)
    this.refresh()
    // While nothing is connected, `ready` is still to come, and asks for it then.
    if (this.env.connection() === 'live') this.catchUp()
  }

  #leave(): void {
    this.#thread?.close()
    if (this.#host) render(null, this.#host)
    this.#host = this.#thread = this.#props = null
  }

  #show(): void {
    if (!this.#host || !this.#props || !this.#thread) return
    const props = { ...this.#props, ...this.#thread.view(), connection: this.env.connection() }
    render(<Conversation {...props} />, this.#host)
  }

  #actions(
    { person: { username }, reader }: ConversationProps,
    thread: ConversationStore,
  ): ConversationActions {
    const { sender, drafts, read } = this.env
    return {
      send(typed) {
        const body = typed.trim().toWellFormed()
        const { body_empty, body_long } = chatText(reader.language).errors
        if (!body) return body_empty
        // Counted as the server does: by code points.
        if ([...body].length > BODY_LIMIT) return body_long
        sender.send(username, body)
        return null
      },
      loadEarlier: () => thread.loadEarlier(),
      retry: (clientId) => sender.retry(clientId),
      discard: (clientId) => sender.discard(clientId),
      read: (seq) => read(username, seq),
      loadDraft: () => drafts.load(username),
      saveDraft: (typed) => drafts.save(username, typed),
    }
  }
}
