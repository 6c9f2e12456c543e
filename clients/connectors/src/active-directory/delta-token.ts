import { createHash } from "node:crypto";
import * as z from "zod";
import { ConnectorError } from "../connector.js";
import type { LdapConfiguration } from "../ldap/configuration.js";

const common = { version: z.literal(1), scope: z.string(), at: z.iso.datetime() };

const tokenSchema = z.discriminatedUnion("way", [
  z.strictObject({ ...common, way: z.literal("dirsync"), cookie: z.base64() }),
  z.strictObject({
    ...common, way: z.literal("usn"), server: z.string(), usn: z.string().regex(/^\d{1,19}$/),
  }),
]);

export type DeltaToken = z.infer<typeof tokenSchema>;
export type DirSyncToken = Extract<DeltaToken, { readonly way: "dirsync" }>;
export type UsnToken = Extract<DeltaToken, { readonly way: "usn" }>;

/** Deleted objects are kept for 60 days or more; whoever comes later may have missed some. */
const daysMax = 50;
const dayMs = 86_400_000;

export function formatToken(token: DeltaToken): string {
  return Buffer.from(JSON.stringify(token)).toString("base64url");
}

/** Throws `DELTA_TOKEN_REJECTED` for what is no token, is too old, or is of another scope. */
export function parseToken(text: string, scope: string, now: Date): DeltaToken {
  const found = tokenSchema.safeParse(jsonOf(Buffer.from(text, "base64url").toString("utf8")));
  if (!found.success) throw rejected("it is none of this connector");
  if (found.data.scope !== scope) throw rejected("the settings say now what else to read");
  const age = now.getTime() - Date.parse(found.data.at);
  if (age > daysMax * dayMs) throw rejected(`it is older than ${daysMax} days`);
  return found.data;
}

export function rejected(why: string): ConnectorError {
  const message = `changes since then cannot be told, a full read is due: ${why}`;
  return new ConnectorError("stop", "DELTA_TOKEN_REJECTED", message);
}

/** Stands for what is read; a token of another scope would lack what came into it. */
export function scopeOf({ users, groups }: LdapConfiguration): string {
  const parts = [users, groups].map((kind) =>
    kind === undefined ? null : [kind.base, kind.scope, kind.filter, kind.attributes, kind.single]);
  return createHash("sha256").update(JSON.stringify(parts)).digest("base64url").slice(0, 22);
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
