import * as z from "zod";
import { hashOf, parseTokenAs } from "../delta-tokens.js";
import type { LdapConfiguration } from "./configuration.js";

const common = { version: z.literal(1), scope: z.string(), ids: z.string().max(64) };

const syncrepl = z.strictObject({
  ...common,
  way: z.literal("syncrepl"),
  /** One for each base, as the server gave it. */
  cookies: z.array(z.base64().max(65_536)).min(1).max(2),
  /** Entries that bore the newest changes, with the numbers of those. */
  witnesses: z.array(z.strictObject({ id: z.string(), csn: z.string().max(128) })).max(16),
});

const timestamps = z.strictObject({
  ...common,
  way: z.literal("timestamps"),
  /** The newest time that an entry had (RFC 4517 §3.3.13 in UTC). */
  at: z.string().regex(/^\d{14}Z$/),
  /** Fingerprints of what was told and changed so shortly before that it is met again. */
  seen: z.array(z.string().max(64)).max(5_000),
});

const tokenSchema = z.discriminatedUnion("way", [syncrepl, timestamps]);

export type ChangeToken = z.infer<typeof tokenSchema>;
export type SyncreplToken = z.infer<typeof syncrepl>;
export type TimestampToken = z.infer<typeof timestamps>;

/** Throws `DELTA_TOKEN_REJECTED` for what is no token of ours, or of other settings. */
export function parseToken(text: string, scope: string): ChangeToken {
  return parseTokenAs(tokenSchema, text, scope);
}

/** Stands for what is read, where and how; a token of another scope would lack what came in. */
export function scopeOf({ url, bindDn, users, groups }: LdapConfiguration): string {
  const parts = [users, groups].map((kind) => {
    if (kind === undefined) return null;
    const { base, scope, filter, attributes, single, anchorAttribute, enabledBy } = kind;
    return [base, scope, filter, attributes, single, anchorAttribute, enabledBy];
  });
  const members = groups === undefined ? null
    : [groups.memberAttribute, groups.memberUidAttribute, groups.placeholderMember];
  return hashOf(JSON.stringify([url, bindDn, parts, members]));
}
