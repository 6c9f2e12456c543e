import { context, isSpanContextValid, trace, type SpanContext } from "@opentelemetry/api";
import type { Envelope } from "./envelope.js";

/** W3C Trace Context §3.2 of the active span, so that a trace goes on behind the broker. */
export function currentTraceparent(): string | undefined {
  const span = trace.getActiveSpan()?.spanContext();
  if (span === undefined || !isSpanContextValid(span)) return undefined;
  return `00-${span.traceId}-${span.spanId}-${span.traceFlags.toString(16).padStart(2, "0")}`;
}

/** Runs `work` inside the trace that the event was sent in, where it was sent in one. */
export function inTraceOf<T>(envelope: Envelope, work: () => T): T {
  const span = parse(envelope.traceparent);
  if (span === undefined) return work();
  return context.with(trace.setSpanContext(context.active(), span), work);
}

const form = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/;

function parse(traceparent: string | undefined): SpanContext | undefined {
  const [, traceId, spanId, flags] = form.exec(traceparent ?? "") ?? [];
  if (traceId === undefined || spanId === undefined || flags === undefined) return undefined;
  const span = { traceId, spanId, traceFlags: Number.parseInt(flags, 16), isRemote: true };
  return isSpanContextValid(span) ? span : undefined;
}
