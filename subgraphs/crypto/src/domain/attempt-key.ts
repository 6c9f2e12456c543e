import { createHash } from "node:crypto";

/** What failures are counted under; a digest, so that addresses of strangers are not kept. */
export function attemptKeyOf(
  kind: "email" | "organisation" | "device" | "password",
  text: string,
): Buffer {
  return createHash("sha256").update(`${kind}:${text}`).digest();
}
