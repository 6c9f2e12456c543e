import { createHash } from "node:crypto";

/** A name of a lock of any length in 51 signs: MySQL takes 64, SQL Server 255. */
export function lockNameOf(name: string): string {
  return `joinery-${createHash("sha256").update(name).digest("base64url")}`;
}
