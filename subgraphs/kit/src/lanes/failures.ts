import { codeOf } from "../errors.js";

/**
 * Whether an error is the world's and will pass (a database that restarts, a lock, a service that
 * is away) or the message's. What passes is tried again for as long as it takes; a message that
 * fails by itself is parked after `attemptsMax` tries.
 */
export function isPassing(error: unknown): boolean {
  return chain(error).some((one) => passing.test(codeOf(one)) || isLostConnection(one));
}

/** SQLSTATE classes 08, 40, 53, 55 and 57, sockets, and services of ours that are away. */
const passing = new RegExp(
  "^PG_(08|40|53|55|57)...$" +
    "|^(ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|EAI_AGAIN|ENOTFOUND|UND_ERR_.*)$" +
    "|^(SERVICE_UNREACHABLE|DATABASE_UNREACHABLE)$",
);

export const attemptsMax = 5;
/** Deaths of workers over one message without any progress; then it is parked. */
export const lossesMax = 10;

/** With 200 ms first: 0.2, 0.8, 3.2, 12.8 seconds, so the last of five tries comes after 17. */
export function waitMsOf(attempts: number, firstMs: number): number {
  return Math.min(150 * firstMs, firstMs * 4 ** attempts);
}

/** Between tries while the world is at fault, as a multiple of the first wait. */
export const passingWaits = 5;

/** The driver gives these no code. */
function isLostConnection(error: unknown): boolean {
  return (
    error instanceof Error &&
    /^Connection terminated|timeout exceeded when trying to connect/.test(error.message)
  );
}

function chain(error: unknown): unknown[] {
  const errors: unknown[] = [];
  for (let at = error; at !== undefined && at !== null && errors.length < 8;) {
    errors.push(at);
    at = at instanceof Error ? at.cause : undefined;
  }
  return errors;
}
