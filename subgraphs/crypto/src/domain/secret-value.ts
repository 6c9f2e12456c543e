import { accept, refuse, type Outcome } from "./refusal.js";
import type { Secret } from "./secret.js";

export const secretBytesMax = 65_536;
export const secretsMax = 1_000;

/** Answers SECRET_EMPTY, SECRET_TOO_LONG, SECRET_MALFORMED. */
export function assessSecret(value: Secret): Outcome<null> {
  return value.use((plain) => {
    if (plain === "") return refuse("SECRET_EMPTY");
    if (Buffer.byteLength(plain) > secretBytesMax) return refuse("SECRET_TOO_LONG");
    return plain.isWellFormed() ? accept(null) : refuse("SECRET_MALFORMED");
  });
}
