import * as z from "zod";
import { columnName, tableName } from "./relation-settings.js";

const watermark = z.strictObject({
  column: columnName,
  /** How far behind a report looks again: seconds of a time, else numbers. */
  overlap: z.int().min(1).max(1_000_000_000).optional(),
});

const log = z.strictObject({
  table: tableName,
  sequence: columnName,
  anchor: columnName,
  operation: columnName,
  /** What stands in `operation` where a row went. */
  deleted: z.array(z.string()).min(1).default(["delete", "DELETE", "D", "d"]),
  /** How many numbers behind the last a report looks again, for changes that came late. */
  overlap: z.int().min(1).max(5_000).default(1_000),
});

/** How a kind tells what changed: a column that grows with each change, or a table of changes. */
export const changeSettings = z.union([
  z.strictObject({ watermark }), z.strictObject({ log }),
], { error: "is {watermark} or {log}" });

/** What tells that members came or went, whoever the group is: a table of changes alone. */
export const memberChangeSettings = z.strictObject({ log });

export type ChangeSettings = z.infer<typeof changeSettings>;
export type WatermarkSettings = z.infer<typeof watermark>;
export type LogSettings = z.infer<typeof log>;
