import * as z from "zod";
import { hashOf, parseTokenAs } from "../delta-tokens.js";
import type { SqlConfiguration } from "./configuration.js";

/** More than these are told again, which is allowed. */
export const seenMax = 2_000;
const seen = z.array(z.string().max(64)).max(5_000);

const watermark = z.strictObject({
  way: z.literal("watermark"),
  /** Time of the database's clock, or the largest number; null where there was none. */
  at: z.string().max(64).nullable(),
  /** Fingerprints of what was told and stands so near that it is met again. */
  seen,
});

const log = z.strictObject({
  way: z.literal("log"),
  /** Number of the last row, null where there was none. */
  at: z.string().regex(/^-?\d{1,20}$/).nullable(),
  /** Stands for that row: where another stands there, the log is not the one that it was. */
  mark: z.string().max(64),
  /** Numbers of the rows that were told and are looked at again. */
  seen,
});

const position = z.discriminatedUnion("way", [watermark, log]);

const tokenSchema = z.strictObject({
  version: z.literal(1), scope: z.string(), user: position.optional(), group: position.optional(),
  members: position.optional(),
});

export type SqlToken = z.infer<typeof tokenSchema>;
export type WatermarkPosition = z.infer<typeof watermark>;
export type LogPosition = z.infer<typeof log>;

/** Throws `DELTA_TOKEN_REJECTED` for what is no token of ours, or of other settings. */
export function parseToken(text: string, scope: string): SqlToken {
  return parseTokenAs(tokenSchema, text, scope);
}

/** Stands for what is read and how; how it is written makes no difference. */
export function scopeOf(settings: SqlConfiguration): string {
  const { dialect, host, port, database, users, groups, rowSecurity } = settings;
  const parts = [users, groups].map((kind) =>
    (kind === undefined ? null : { ...kind, statements: null }));
  return hashOf(JSON.stringify([dialect, host, port, database, parts, rowSecurity]));
}
