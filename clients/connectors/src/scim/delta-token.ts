import * as z from "zod";
import { hashOf, parseTokenAs } from "../delta-tokens.js";
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

/** Throws `DELTA_TOKEN_REJECTED` for what is no token of ours, or of other settings. */
export function parseToken(text: string, scope: string): ScimToken {
  return parseTokenAs(tokenSchema, text, scope);
}

/** Stands for what is read, and how it is shown. */
export function scopeOf({ url, users, groups }: ScimConfiguration): string {
  const parts = [users, groups].map((kind) => (kind === undefined ? null
    : [kind.filter, kind.endpoint, kind.attributes, kind.types, kind.whole]));
  return hashOf(JSON.stringify([url, parts]));
}
