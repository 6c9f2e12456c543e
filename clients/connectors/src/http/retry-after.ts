/** Longer than a day is no answer to "when", but a refusal. */
const msMax = 86_400_000;

/**
 * How long the server asks to wait, in ms from `nowMs` (RFC 9110 §10.2.3: seconds, or a date);
 * undefined where it does not say, or not so that it can be understood. Never more than a day.
 */
export function retryAfterMs(text: string | undefined, nowMs: number): number | undefined {
  const trimmed = text?.trim() ?? "";
  if (/^\d+(?:\.\d+)?$/.test(trimmed)) return Math.min(Math.ceil(Number(trimmed) * 1000), msMax);
  const at = /[A-Za-z]/.test(trimmed) ? Date.parse(trimmed) : Number.NaN;
  return Number.isNaN(at) ? undefined : Math.min(Math.max(at - nowMs, 0), msMax);
}
