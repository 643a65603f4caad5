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

/** Milliseconds to export the last spans when the process ends. */
const EXPORT_TIMEOUT_MS = 2000

const SILENT = { info() {}, debug() {}, verbose() {} }

export type Tracing = { plugin: Elysia; close(): Promise<void> }

/**
 * Exports traces over OTLP, as configured by OpenTelemetry's own variables. `plugin` records a span for each request and its
 * steps; telemetry events also become spans.
 */
export function openTracing(log: Logger): Tracing {
  const warn = (error: unknown) =>
    log.warn({ reason: String(error).slice(0, 300) }, 'traces were not exported')
  diag.setLogger({ ...SILENT, error: warn, warn }, DiagLogLevel.WARN)
  const named = resourceFromAttributes({ 'service.name': 'chatapp', 'service.version': manifest.version })
  const spans = new AllowListProcessor(new BatchSpanProcessor(new OTLPTraceExporter()))
  const provider = new NodeTracerProvider({
    // The environment takes precedence.
    resource: defaultResource()
      .merge(named)
      .merge(detectResources({ detectors: [envDetector] })),
    spanProcessors: [spans],
  })
  provider.register()
  const tracer = trace.getTracer('chatapp')
  const recordSpan = (name: string, ms: number, options: SpanOptions) => {
    const endTime = Date.now()
    tracer.startSpan(name, { ...options, startTime: endTime - ms }).end(endTime)
  }
  const subscriptions = [
    subscribeTo('chatapp:request', () => spans.requestCompleted()),
    subscribeTo('chatapp:send', ({ outcome, ms }) =>
      recordSpan('send', ms, { attributes: { 'chatapp.outcome': outcome } }),
    ),
    // A commit may serve many requests, so it is a trace of its own.
    subscribeTo('chatapp:commit', ({ messages, ms }) =>
      recordSpan('commit', ms, { root: true, attributes: { 'chatapp.messages': messages } }),
    ),
  ]
  return {
    plugin: new Elysia().use(opentelemetry()) as unknown as Elysia,
    async close() {
      for (const unsubscribe of subscriptions) unsubscribe()
      // The framework ends the span of a request one event loop turn after its response.
      await setImmediate()
      // An unavailable collector must not keep the process alive.
      await Promise.race([
        provider.shutdown().catch(warn),
        setTimeout(EXPORT_TIMEOUT_MS, undefined, { ref: false }),
      ])
    },
  }
}

/** The API of an ended span is read-only, but its fields can be assigned. */
type FinishedSpan = { -readonly [Field in keyof ReadableSpan]: ReadableSpan[Field] }

/**
 * The framework's plugin records whole requests, with tokens, passwords, messages and searches, and the status before the
 * response exists. This processor drops its attributes and sets only safe ones.
 */
class AllowListProcessor implements SpanProcessor {
  readonly #requests = new WeakMap<object, CurrentRequest>()
  /** Spans that ended before their request was completed. */
  readonly #waiting = new WeakMap<CurrentRequest, FinishedSpan>()

  constructor(readonly next: SpanProcessor) {}

  onStart(...[span, context]: Parameters<SpanProcessor['onStart']>): void {
    const request = currentRequest()
    if (request && span.kind === SpanKind.SERVER) this.#requests.set(span, request)
    this.next.onStart(span, context)
  }

  onEnd(span: FinishedSpan): void {
    const safe = Object.entries(span.attributes).filter(([name]) => /^chatapp\.|^error\.type$/.test(name))
    span.attributes = Object.fromEntries(safe)
    // The message of an error may contain user data.
    span.events = []
    span.status = { code: span.status.code }
    const request = this.#requests.get(span)
    if (!request) this.next.onEnd(span)
    else if (request.status === null) this.#waiting.set(request, span)
    else this.#export(span, request)
  }

  /** Exports the span of the current request, which has been completed. */
  requestCompleted(): void {
    const request = currentRequest()
    const span = request && this.#waiting.get(request)
    if (span) this.#export(span, request)
  }

  #export(span: FinishedSpan, { id, method, route, status }: CurrentRequest): void {
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
