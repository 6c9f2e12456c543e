import * as z from "zod";
import { hashOf, parseTokenAs } from "../delta-tokens.js";
import type { HttpJsonConfiguration } from "./configuration.js";

const position = z.union([
  z.strictObject({
    /** By the server's clock, in ms: everything that changed until then was told. */
    at: z.number(),
    /** Fingerprints of what was told and will come again, for reports reach back. */
    seen: z.array(z.string().max(64)).max(2_000),
  }),
  /** The server's own word. */
  z.strictObject({ word: z.string().max(16_384) }),
]);

const tokenSchema = z.strictObject({
  version: z.literal(1),
  scope: z.string(),
  positions: z.array(position).min(1).max(3),
});

export type Position = z.infer<typeof position>;
export type JsonToken = z.infer<typeof tokenSchema>;

/** More than these come twice, which is allowed. */
export const seenMax = 2_000;

/** Throws `DELTA_TOKEN_REJECTED` for what is no token of ours, or of other settings. */
export function parseToken(text: string, scope: string): JsonToken {
  return parseTokenAs(tokenSchema, text, scope);
}

/** Stands for what is read, and how it is shown. */
export function scopeOf({ url, users, groups }: HttpJsonConfiguration): string {
  const parts = [users, groups].map((kind) => (kind === undefined ? null
    : [kind.list, kind.anchor, kind.name, kind.enabled, kind.attributes]));
  return hashOf(JSON.stringify([url, parts, groups?.members]));
}
