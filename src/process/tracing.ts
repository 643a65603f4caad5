import { setImmediate, setTimeout } from 'node:timers/promises'
import { opentelemetry } from '@elysiajs/opentelemetry'
import { DiagLogLevel, diag, SpanKind, type SpanOptions, SpanStatusCode, trace } from '@opentelemetry/api'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto'
import {
  defaultResource,
  detectResources,
  envDetector,
  resourceFromAttributes,
} from '@opentelemetry/resources'
import {
  BatchSpanProcessor,
  NodeTracerProvider,
  type ReadableSpan,
  type SpanProcessor,
} from '@opentelemetry/sdk-trace-node'
import { Elysia } from 'elysia'
import type { Logger } from 'pino'
import manifest from '../../package.json' with { type: 'json' }
import { type CurrentRequest, currentRequest } from '../http/request-context.ts'
import { subscribeTo } from './telemetry.ts'

/** Milliseconds for the last spans to leave when the process ends. */
const EXPORT_TIMEOUT_MS = 2000

const UNTRACED = { info() {}, debug() {}, verbose() {} }

export type Tracing = { plugin: Elysia; close(): Promise<void> }

/**
 * Traces, sent by OTLP to where OpenTelemetry's own variables say. `plugin` makes a span of each request and of the steps
 * in it; what services tell of their work becomes spans, too.
 */
export function openTracing(log: Logger): Tracing {
  const warn = (error: unknown) => log.warn({ reason: String(error).slice(0, 300) }, 'traces are not taken')
  diag.setLogger({ ...UNTRACED, error: warn, warn }, DiagLogLevel.WARN)
  const named = resourceFromAttributes({ 'service.name': 'chatapp', 'service.version': manifest.version })
  const spans = new AllowListProcessor(new BatchSpanProcessor(new OTLPTraceExporter()))
  const provider = new NodeTracerProvider({
    // What the environment says goes before.
    resource: defaultResource()
      .merge(named)
      .merge(detectResources({ detectors: [envDetector] })),
    spanProcessors: [spans],
  })
  provider.register()
  const tracer = trace.getTracer('chatapp')
  const justEnded = (name: string, ms: number, options: SpanOptions) => {
    const endTime = Date.now()
    tracer.startSpan(name, { ...options, startTime: endTime - ms }).end(endTime)
  }
  const unhear = [
    subscribeTo('chatapp:request', () => spans.answered()),
    subscribeTo('chatapp:send', ({ outcome, ms }) =>
      justEnded('send', ms, { attributes: { 'chatapp.outcome': outcome } }),
    ),
    // One may serve many requests: it is a trace of its own.
    subscribeTo('chatapp:commit', ({ messages, ms }) =>
      justEnded('commit', ms, { root: true, attributes: { 'chatapp.messages': messages } }),
    ),
  ]
  return {
    plugin: new Elysia().use(opentelemetry()) as unknown as Elysia,
    async close() {
      for (const stop of unhear) stop()
      // The framework ends the span of a request a turn after its answer.
      await setImmediate()
      // Whoever does not take them must not keep the process.
      await Promise.race([
        provider.shutdown().catch(warn),
        setTimeout(EXPORT_TIMEOUT_MS, undefined, { ref: false }),
      ])
    },
  }
}

/** A span that has ended can't be changed; its fields can. */
type FinishedSpan = { -readonly [Field in keyof ReadableSpan]: ReadableSpan[Field] }

/**
 * The framework's plugin takes down whole requests, with their tokens, passwords, messages and searches, and the status
 * before the answer is made. So what it noted is thrown away, and what leaves is written here.
 */
class AllowListProcessor implements SpanProcessor {
  readonly #requests = new WeakMap<object, CurrentRequest>()
  /** Ended before their request was answered. */
  readonly #waiting = new WeakMap<CurrentRequest, FinishedSpan>()

  constructor(readonly next: SpanProcessor) {}

  onStart(...[span, context]: Parameters<SpanProcessor['onStart']>): void {
    const request = currentRequest()
    if (request && span.kind === SpanKind.SERVER) this.#requests.set(span, request)
    this.next.onStart(span, context)
  }

  onEnd(span: FinishedSpan): void {
    const own = Object.entries(span.attributes).filter(([name]) => /^chatapp\.|^error\.type$/.test(name))
    span.attributes = Object.fromEntries(own)
    // Of an error the message may hold what somebody wrote.
    span.events = []
    span.status = { code: span.status.code }
    const request = this.#requests.get(span)
    if (!request) this.next.onEnd(span)
    else if (request.status === null) this.#waiting.set(request, span)
    else this.#tell(span, request)
  }

  /** The request under way has its answer. */
  answered(): void {
    const request = currentRequest()
    const span = request && this.#waiting.get(request)
    if (span) this.#tell(span, request)
  }

  #tell(span: FinishedSpan, { id, method, route, status }: CurrentRequest): void {
    span.name = route ? `${method} ${route}` : method
    span.status = { code: (status ?? 500) >= 500 ? SpanStatusCode.ERROR : SpanStatusCode.UNSET }
    span.attributes = {
      'http.request.method': method,
      ...(route && { 'http.route': route }),
      'http.response.status_code': status ?? 500,
      'chatapp.request_id': id,
    }
    this.next.onEnd(span)
  }

  forceFlush(): Promise<void> {
    return this.next.forceFlush()
  }

  shutdown(): Promise<void> {
    return this.next.shutdown()
  }
}
