import { digestOf, toToken } from "./token.js";

const prefix = "jnc_";
const keyLength = prefix.length + 8;

export const clientsMax = 500;
export const lifeDays = { min: 1, max: 730, usual: 365 } as const;
/** Use is written down no more often than this. */
export const usedEveryMs = 60_000;

/** The token of a client that pushes into an application: shown once, kept as its digest. */
export function toClientToken(random: Uint8Array): string {
  return toToken(prefix, random);
}

/** Digest of a well-formed client token; null for anything else. */
export function digestOfClientToken(text: string): Buffer | null {
  return digestOf(prefix, text);
}

/** The beginning of a token, by which people tell one from another. Gives 48 bits of 256 away. */
export function keyOf(token: string): string {
  return token.slice(0, keyLength);
}

/** Who pushes into which application, and until when. */
export interface Client {
  readonly id: string;
  readonly name: string;
  readonly applicationId: string;
  readonly key: string;
  readonly createdBy: string;
  readonly createdAt: Date;
  readonly expiresAt: Date;
  readonly lastUsedAt: Date | null;
  readonly revokedAt: Date | null;
}

/** Whether its token opens anything; at `expiresAt` it does not any more. */
export function isAlive(client: Pick<Client, "expiresAt" | "revokedAt">, now: Date): boolean {
  return client.revokedAt === null && now < client.expiresAt;
}
