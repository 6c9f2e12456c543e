import * as z from "zod";
import { csvEncodings } from "./encoding.js";

const mebibyte = 1024 * 1024;

const columnTypes = [
  "string", "boolean", "integer", "decimal", "instant", "date", "binary", "reference",
] as const;

/** An attribute of this name would be the prototype of the object that holds it. */
const columnName = z.string().min(1, "is not empty").max(256)
  .refine((name) => name !== "__proto__", "is not a name that a column may have");

const unit = z
  .string()
  .length(1, "is one character")
  .refine(
    (text) => !/[\r\n\0\ud800-\udfff]/.test(text),
    "is not a line end and not half a character",
  );

const filePath = z.string().min(1, "is not empty").max(1024).refine(
  (path) => !path.startsWith("/") && !/[\\\0]/.test(path)
    && path.split("/").every((part) => part !== "" && part !== "." && part !== ".."),
  "is a relative path below the files folder, parts joined by /, without . and ..",
);

const column = z.strictObject({
  name: columnName,
  type: z.enum(columnTypes).default("string"),
  many: z.boolean().default(false),
  /** Between the values of one cell. */
  separator: z.string().min(1).max(8).default(";"),
  required: z.boolean().default(false),
  caseIgnore: z.boolean().default(false),
});

const words = z.union([z.string().transform((word) => [word]), z.array(z.string()).min(1)], {
  error: "is a text or a list of texts",
});

const tableShape = {
  path: filePath,
  anchor: columnName,
  name: columnName.optional(),
  columns: z.array(column).max(1000).default([]),
  onlyDeclared: z.boolean().default(false),
  enabled: z.strictObject({ column: columnName, true: words, false: words }).optional(),
  members: z.strictObject({ path: filePath, group: columnName, member: columnName }).optional(),
  membersColumn: z
    .strictObject({ column: columnName, separator: z.string().min(1).max(8).default(";") })
    .optional(),
};

const limits = z.strictObject({
  rowBytesMax: z.int().min(64).max(256 * mebibyte).default(8 * mebibyte),
  cellBytesMax: z.int().min(16).max(64 * mebibyte).default(mebibyte),
  rowsMax: z.int().min(1).max(100_000_000).default(10_000_000),
  fileBytesMax: z.int().min(1).max(2 ** 40).default(8192 * mebibyte),
});

/**
 * Settings of a CSV connector. One file of people or of groups; beside people a second one of
 * groups may stand. Where groups keep their members is `members` (a file of its own) or
 * `membersColumn`.
 */
export const csvConfigurationSchema = z
  .strictObject({
    ...tableShape,
    kind: z.enum(["user", "group"]).default("user"),
    groups: z.strictObject(tableShape).optional(),
    header: z.literal(true, { error: "is true: columns are known by their names" }).default(true),
    delimiter: unit.default(","),
    quote: unit.nullable().default("\""),
    escape: unit.nullable().optional(),
    encoding: z.enum(csvEncodings).default("utf-8"),
    /** How written rows are quoted; `keep` follows the header row of the file. */
    quoting: z.enum(["keep", "minimal", "all"]).default("keep"),
    /** Line end of a file that the connector makes; an existing file keeps its own. */
    lineEnd: z.enum(["\n", "\r\n"]).default("\n"),
    formulaGuard: z.boolean().default(false),
    mayBeEmpty: z.boolean().default(false),
    createWhenMissing: z.boolean().default(false),
    requireFinalLineEnd: z.boolean().default(false),
    lockWaitMs: z.int().min(0).max(600_000).default(10_000),
    limits: limits.prefault({}),
  })
  .superRefine((settings, context) => {
    for (const [setting, message] of contradictions(settings)) {
      context.addIssue({ code: "custom", path: setting.split("."), message });
    }
  });

type Settings = z.infer<typeof csvConfigurationSchema>;
export type CsvColumn = z.infer<typeof column>;
export type CsvTable = z.infer<z.ZodObject<typeof tableShape>>;
export type CsvConfiguration = Settings;

function* contradictions(settings: Settings): Generator<readonly [string, string]> {
  const { delimiter, quote, escape } = settings;
  if (quote === delimiter) yield ["quote", "is not the delimiter"];
  if (escape === delimiter) yield ["escape", "is not the delimiter"];
  if (quote === null && typeof escape === "string") yield ["escape", "needs a quote"];
  if (settings.quoting === "all" && quote === null) yield ["quoting", "needs a quote"];
  if (settings.createWhenMissing && !settings.mayBeEmpty) {
    yield ["mayBeEmpty", "is true where a missing file is made, as that one has no rows"];
  }
  if (settings.kind === "group" && settings.groups !== undefined) {
    yield ["groups", "stands beside a file of people only"];
  }
  if (settings.kind === "user") {
    if (settings.members !== undefined) yield ["members", "belongs to groups"];
    if (settings.membersColumn !== undefined) yield ["membersColumn", "belongs to groups"];
  }
  yield* tableContradictions(settings, "");
  if (settings.groups !== undefined) yield* tableContradictions(settings.groups, "groups.");
  yield* samePaths(settings);
}

function* tableContradictions(
  table: CsvTable, prefix: string,
): Generator<readonly [string, string]> {
  if (table.members !== undefined && table.membersColumn !== undefined) {
    yield [`${prefix}membersColumn`, "is not used together with members"];
  }
  const seen = new Set<string>();
  for (const [index, each] of table.columns.entries()) {
    if (seen.has(each.name)) yield [`${prefix}columns.${index}.name`, "is declared before"];
    seen.add(each.name);
    const isKey = each.name === table.anchor || each.name === table.name;
    if (isKey && each.many) {
      yield [`${prefix}columns.${index}.many`, "is false for anchor and name"];
    }
    if (each.many && /[\r\n]/.test(each.separator)) {
      yield [`${prefix}columns.${index}.separator`, "has no line end"];
    }
  }
  const { enabled } = table;
  if (enabled !== undefined && enabled.true.some((word) => enabled.false.includes(word))) {
    yield [`${prefix}enabled.false`, "shares a word with enabled.true"];
  }
}

function* samePaths(settings: Settings): Generator<readonly [string, string]> {
  const seen = new Set<string>();
  const paths = [
    ["path", settings.path], ["members.path", settings.members?.path],
    ["groups.path", settings.groups?.path], ["groups.members.path", settings.groups?.members?.path],
  ] as const;
  for (const [setting, path] of paths) {
    if (path === undefined) continue;
    if (seen.has(path)) yield [setting, "is a file that another setting names"];
    seen.add(path);
  }
}
