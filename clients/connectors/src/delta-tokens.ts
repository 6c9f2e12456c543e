import { createHash } from "node:crypto";
import type * as z from "zod";
import { ConnectorError } from "./connector.js";

/** A position as text. It is opaque to all but the connector that made it. */
export function formatToken(token: unknown): string {
  return Buffer.from(JSON.stringify(token)).toString("base64url");
}

/** Throws `DELTA_TOKEN_REJECTED` for what is no token of this kind, or is of other settings. */
export function parseTokenAs<T extends { readonly scope: string }>(
  schema: z.ZodType<T>, text: string, scope: string,
): T {
  const found = schema.safeParse(jsonOf(Buffer.from(text, "base64url").toString("utf8")));
  if (!found.success) throw rejected("it is none of this connector");
  if (found.data.scope !== scope) throw rejected("the settings say now what else to read");
  return found.data;
}

export function rejected(why: string): ConnectorError {
  const message = `changes since then cannot be told, a full read is due: ${why}`;
  return new ConnectorError("stop", "DELTA_TOKEN_REJECTED", message);
}

/** Stands for a text, such as the settings of what is read, in 22 signs. */
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
