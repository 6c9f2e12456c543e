import * as z from "zod";
import { memberSetting, placeSetting } from "./places.js";
import { askSettings, requestProblems } from "./request-settings.js";

const parameter = z.string().min(1, "is not empty").max(256);
const size = z.int().min(2).max(100_000).default(100);

const paging = z.discriminatedUnion("kind", [
  /** Everything comes at once. */
  z.strictObject({ kind: z.literal("none") }),
  /** Pages have numbers. */
  z.strictObject({
    kind: z.literal("page"), parameter, first: z.int().min(0).max(1).default(1),
    sizeParameter: parameter.optional(), size,
  }),
  /** Items have numbers, from 0; each page begins with the last item of the one before. */
  z.strictObject({
    kind: z.literal("offset"), parameter: parameter.default("offset"),
    sizeParameter: parameter.default("limit"), size,
  }),
  /** The answer has a word to ask on with; no word, no more. */
  z.strictObject({
    kind: z.literal("cursor"), parameter, next: memberSetting,
    /** Where the answer says whether there is more. */
    more: memberSetting.optional(),
    sizeParameter: parameter.optional(), size,
  }),
  /** The answer has the address of the next page; none, no more. */
  z.strictObject({ kind: z.literal("nextLink"), next: memberSetting }),
  /** RFC 8288: the header Link with rel="next". */
  z.strictObject({ kind: z.literal("linkHeader") }),
]);

export const jsonScalar = z.union([z.string().max(1024), z.number(), z.boolean(), z.null()]);

const onlySetting = z.strictObject({ path: memberSetting, values: z.array(jsonScalar).min(1) });

/** One list: how it is asked for, where its items are, and where it ends. */
export const listSettings = {
  ...askSettings,
  /** The list in the answer; the whole answer where empty. */
  items: placeSetting.default(""),
  paging,
  /** How many items there are by the server's own word: in the answer, or in a header. */
  total: z.union([
    z.strictObject({ path: memberSetting }), z.strictObject({ header: parameter }),
  ]).optional(),
  /** Items that are no more: the value there is one of these, or, without any, says so. */
  tombstone: z.strictObject({
    path: memberSetting, values: z.array(jsonScalar).min(1).optional(),
  }).optional(),
  /** Which items count; all others are out of scope. */
  only: z.array(onlySetting).max(20).default([]),
};

const since = z.strictObject({
  kind: z.literal("since"),
  /** What is added to the query of the list; `{since}` is the moment, RFC 3339 in UTC. */
  query: z.record(parameter, z.string().max(8192)).refine(
    (words) => Object.values(words).some((text) => text.includes("{since}")), "has {since}",
  ),
  /** How far each report reaches back before the last one. */
  overlapMs: z.int().min(1_000).max(86_400_000).default(60_000),
});

const delta = z.strictObject({
  kind: z.literal("delta"),
  ...listSettings,
  /** What is added to the query to begin, where not everything has to be listed for it. */
  begin: z.record(parameter, z.string().max(8192)).default({}),
  /** Where the last page has the word, or the address, to ask on with next time. */
  token: memberSetting,
  /** The parameter that takes the word; absent: it is an address. */
  parameter: parameter.optional(),
  /** Whether the items are whole; else each one is asked for anew. */
  whole: z.boolean().default(true),
});

/** How the changes of a list are told. */
export const changeSettings = z.discriminatedUnion("kind", [since, delta]);

const list = z.object(listSettings);
export type ListSettings = z.infer<typeof list>;
export type ChangeSettings = z.infer<typeof changeSettings>;
export type SinceSettings = z.infer<typeof since>;
export type DeltaSettings = z.infer<typeof delta>;

/** What is wrong with a list and its changes: setting below it, and message. */
export function* listProblems(
  settings: ListSettings & { readonly changes?: ChangeSettings | undefined },
  names: readonly string[],
): Generator<readonly [string, string]> {
  yield* requestProblems(settings, names);
  const { changes } = settings;
  if (changes === undefined) return;
  if (changes.kind === "since") {
    const { method, path } = settings;
    for (const [setting, message] of requestProblems(
      { method, path, query: changes.query }, [...names, "since"],
    )) if (setting.startsWith("query")) yield [`changes.${setting}`, message];
    return;
  }
  for (const [setting, message] of requestProblems(changes, names)) {
    yield [`changes.${setting}`, message];
  }
  if (changes.tombstone === undefined) {
    yield ["changes.tombstone", "is required: else nobody could tell who is gone"];
  }
  const { kind } = changes.paging;
  if (kind === "page" || kind === "offset") {
    yield ["changes.paging.kind", "is none, cursor, nextLink or linkHeader"];
  }
}
