import { createHash } from "node:crypto";
import * as z from "zod";
import { ConnectorError } from "../connector.js";
import type { ScimConfiguration } from "./configuration.js";

const tokenSchema = z.strictObject({
  version: z.literal(1),
  scope: z.string(),
  /** By the server's clock: everything that changed until then was told, or is in `seen`. */
  at: z.iso.datetime(),
  /** Fingerprints of what was told and changed so shortly before that it will come again. */
  seen: z.array(z.string().max(64)).max(2_000),
});

export type ScimToken = z.infer<typeof tokenSchema>;

/** More than these come twice, which is allowed. */
export const seenMax = 2_000;

export function formatToken(token: ScimToken): string {
  return Buffer.from(JSON.stringify(token)).toString("base64url");
}

/** Throws `DELTA_TOKEN_REJECTED` for what is no token of ours, or of other settings. */
export function parseToken(text: string, scope: string): ScimToken {
  const found = tokenSchema.safeParse(jsonOf(Buffer.from(text, "base64url").toString("utf8")));
  if (!found.success) throw rejected("it is none of this connector");
  if (found.data.scope !== scope) throw rejected("the settings say now what else to read");
  return found.data;
}

export function rejected(why: string): ConnectorError {
  const message = `changes since then cannot be told, a full read is due: ${why}`;
  return new ConnectorError("stop", "DELTA_TOKEN_REJECTED", message);
}

/** Stands for what is read, and how it is shown. */
export function scopeOf({ url, users, groups }: ScimConfiguration): string {
  const parts = [users, groups].map((kind) => (kind === undefined ? null
    : [kind.filter, kind.endpoint, kind.attributes, kind.types, kind.whole]));
  return hashOf(JSON.stringify([url, parts]));
}

export function hashOf(text: string): string {
  return createHash("sha256").update(text).digest("base64url").slice(0, 22);
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
