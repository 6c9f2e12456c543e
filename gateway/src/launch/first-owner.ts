import { setTimeout as delay } from "node:timers/promises";
import {
  codeOf,
  InternalClient,
  InternalTokens,
  type CryptoMethods,
  type ServiceName,
} from "@joinery/kit";
import type { LaunchConfig } from "./config.js";
import { keepCredentials, type OwnerCredentials } from "./owner.js";

const patienceMs = 180_000;
const pauseMs = 500;

/** Answers that a later call may complete: somebody else makes it, or has died while making it. */
const notYet = new Set(["PROVISIONING_INCOMPLETE", "PROVISIONING_RUNNING", "SERVICE_UNREACHABLE"]);

/**
 * Makes the first organisation and its owner, once in the life of the data folder, and keeps the
 * credentials there. Null when they were handed out before. Throws what `crypto` refuses, after
 * three minutes of trying also what might have passed.
 */
export async function firstOwner(options: {
  readonly config: Pick<LaunchConfig, "ownerEmail" | "organisation">;
  readonly folder: string;
  readonly keyFile: string;
  readonly ports: Readonly<Partial<Record<ServiceName, number>>>;
  /** Ends the waiting. */
  readonly signal: AbortSignal;
}): Promise<OwnerCredentials | null> {
  const { config, folder, keyFile, ports, signal } = options;
  const address = `http://127.0.0.1:${ports.crypto ?? 0}/crypto`;
  const client = new InternalClient("launcher", await InternalTokens.load(keyFile), {
    crypto: address,
  });
  try {
    const input = { organisationName: config.organisation, ownerEmail: config.ownerEmail };
    const made = await patiently(signal, () =>
      client.call<CryptoMethods, "bootstrap">("crypto", "bootstrap", input),
    );
    if (made === null) return null;
    const { slug, email, password } = made;
    const credentials = { organisation: slug, email, password };
    await keepCredentials(folder, credentials);
    return credentials;
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
