import { setTimeout as delay } from "node:timers/promises";
import {
  codeOf,
  InternalClient,
  InternalTokens,
  type CryptoMethods,
} from "@joinery/kit";

const patienceMs = 180_000;
const pauseMs = 500;

/** Answers that a later call may complete: somebody else makes it, or has died while making it. */
const notYet = new Set(["PROVISIONING_INCOMPLETE", "PROVISIONING_RUNNING", "SERVICE_UNREACHABLE"]);

/** Where `crypto` answers, and the key that it believes. */
export interface CryptoPlace {
  readonly address: string;
  readonly keyFile: string;
  /** Ends the waiting. */
  readonly signal: AbortSignal;
}

/**
 * Calls `crypto` as the launcher. Throws what it refuses, after three minutes of trying also what
 * might have passed.
 */
export async function callCrypto<Method extends keyof CryptoMethods & string>(
  { address, keyFile, signal }: CryptoPlace,
  method: Method,
  input: CryptoMethods[Method]["input"],
): Promise<CryptoMethods[Method]["output"]> {
  const tokens = await InternalTokens.load(keyFile);
  const client = new InternalClient("launcher", tokens, { crypto: address });
  try {
    return await patiently(signal, () =>
      client.call<CryptoMethods, Method>("crypto", method, input),
    );
  } finally {
    await client.close();
  }
}

async function patiently<T>(signal: AbortSignal, call: () => Promise<T>): Promise<T> {
  const giveUpAt = performance.now() + patienceMs;
  for (;;) {
    try {
      return await call();
    } catch (error) {
      const late = signal.aborted || performance.now() > giveUpAt;
      if (late || !notYet.has(codeOf(error))) throw error;
    }
    await delay(pauseMs, undefined, { signal }).catch(() => undefined);
  }
}
