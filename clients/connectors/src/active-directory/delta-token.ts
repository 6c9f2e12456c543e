import * as z from "zod";
import { hashOf, parseTokenAs, rejected } from "../delta-tokens.js";
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

/** Throws `DELTA_TOKEN_REJECTED` for what is no token, is too old, or is of another scope. */
export function parseToken(text: string, scope: string, now: Date): DeltaToken {
  const token = parseTokenAs(tokenSchema, text, scope);
  const age = now.getTime() - Date.parse(token.at);
  if (age > daysMax * dayMs) throw rejected(`it is older than ${daysMax} days`);
  return token;
}

/** Stands for what is read; a token of another scope would lack what came into it. */
export function scopeOf({ users, groups }: LdapConfiguration): string {
  const parts = [users, groups].map((kind) =>
    kind === undefined ? null : [kind.base, kind.scope, kind.filter, kind.attributes, kind.single]);
  return hashOf(JSON.stringify(parts));
}
