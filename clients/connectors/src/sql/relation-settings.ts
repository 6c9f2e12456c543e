import * as z from "zod";

/** A name as the database spells it. One of `__proto__` would be no plain name of an attribute. */
export const columnName = z.string().min(1, "is not empty").max(256)
  .refine((name) => !name.includes("\0"), "holds no U+0000")
  .refine((name) => name !== "__proto__", "is not a name that a column may have");

const tableShape = z.strictObject({ schema: columnName.optional(), name: columnName });

/** `people`, `hr.people`, or `{schema, name}` for names that have a dot. */
export const tableName = z.union([
  z.string().regex(/^[^.\0]+(\.[^.\0]+)?$/, "is a name, or a schema and a name with a dot between")
    .max(512)
    .transform((text): SqlTable => {
      const [first = "", second] = text.split(".");
      return second === undefined ? { name: first } : { schema: first, name: second };
    }),
  tableShape,
], { error: "is a name, or {schema, name}" });

export interface SqlTable {
  readonly schema?: string | undefined;
  readonly name: string;
}

/** Where rows come from: a table or view, or a query of the administrator's own. */
export type SqlRelation =
  | { readonly table: SqlTable; readonly query?: undefined }
  | { readonly table?: undefined; readonly query: string };

/** Whether a value is the column's own text: a word, a number, a truth, or no value at all. */
const word = z.union([z.string(), z.number(), z.boolean(), z.null()], {
  error: "is a text, a number, true, false or null",
});
const words = z.union([word.transform((one) => [one]), z.array(word).min(1)], {
  error: "is a word or a list of words",
});

export type StateWord = string | number | boolean | null;

const many = z.union([
  z.literal("json"),
  z.strictObject({ separator: z.string().min(1).max(8) }),
  z.strictObject({ table: tableName, owner: columnName, value: columnName }),
], { error: "is \"json\", {separator} or {table, owner, value}" });

const column = z.strictObject({
  name: columnName,
  /** Where the catalogue's own type is not what is meant. */
  type: z.enum([
    "string", "boolean", "integer", "decimal", "instant", "date", "binary", "reference",
  ]).optional(),
  many: many.optional(),
  required: z.boolean().optional(),
  caseIgnore: z.boolean().optional(),
  readOnly: z.boolean().default(false),
  /** Offset of the wall on which a clock without a zone hangs: `Z`, `+01:00`. */
  timeZone: z.string().regex(/^(Z|[+-]\d\d:\d\d)$/, "is Z or an offset such as +01:00").optional(),
});

export type SqlColumnSettings = z.infer<typeof column>;

export const relationShape = {
  table: tableName.optional(),
  query: z.string().min(1, "is not empty").max(65_536).optional(),
};

export const objectShape = {
  ...relationShape,
  anchor: columnName,
  name: columnName.optional(),
  columns: z.array(column).max(1000).default([]),
  onlyDeclared: z.boolean().default(false),
  enabled: z.strictObject({ column: columnName, true: words, false: words }).optional(),
  /** Column that keeps the id of a create, so it is found again whatever became of its name. */
  idColumn: columnName.optional(),
};

type ObjectSettings = z.infer<z.ZodObject<typeof objectShape>>;

/** What contradicts itself in where objects are: setting and message. */
export function* objectProblems(
  settings: ObjectSettings, prefix: string,
): Generator<readonly [string, string]> {
  yield* relationProblems(settings, prefix);
  const seen = new Set<string>();
  for (const [index, each] of settings.columns.entries()) {
    if (seen.has(each.name)) yield [`${prefix}columns.${index}.name`, "is declared before"];
    seen.add(each.name);
    const isKey = [settings.anchor, settings.name, settings.enabled?.column, settings.idColumn]
      .includes(each.name);
    if (isKey && each.many !== undefined) {
      yield [`${prefix}columns.${index}.many`, "is not for anchor, name, enabled and idColumn"];
    }
    if (each.timeZone !== undefined && each.type !== "instant") {
      yield [`${prefix}columns.${index}.type`, "is instant where a timeZone is given"];
    }
  }
  const { enabled } = settings;
  if (enabled?.true.some((one) => enabled.false.includes(one)) === true) {
    yield [`${prefix}enabled.false`, "shares a word with enabled.true"];
  }
}

export function* relationProblems(
  { table, query }: z.infer<z.ZodObject<typeof relationShape>>, prefix: string,
): Generator<readonly [string, string]> {
  if (table === undefined && query === undefined) yield [`${prefix}table`, "or query is required"];
  if (table !== undefined && query !== undefined) {
    yield [`${prefix}query`, "is not used together with table"];
  }
}

/** Precondition: `relationProblems` found nothing. */
export function relationOf(
  { table, query }: z.infer<z.ZodObject<typeof relationShape>>,
): SqlRelation {
  if (table !== undefined) return { table };
  return { query: query as string };
}
