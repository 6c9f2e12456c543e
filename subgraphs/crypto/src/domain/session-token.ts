import { digestOf, toToken } from "./token.js";

const prefix = "jns_";

/** Of a person's session. */
export function toSessionToken(random: Uint8Array): string {
  return toToken(prefix, random);
}

/** Digest of a well-formed session token; null for anything else. */
export function digestOfToken(text: string): Buffer | null {
  return digestOf(prefix, text);
}
