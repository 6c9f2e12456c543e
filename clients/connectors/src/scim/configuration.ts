import * as z from "zod";
import { httpProblems, httpSettings } from "../http/http-configuration.js";
import { scimDialectNames, scimDialects, type ScimDialect } from "./dialects.js";

/** RFC 7643 §2.1, with the sub-attributes that begin with `$`. */
export const attributeNamePattern = /^[A-Za-z$][A-Za-z0-9_$-]*$/;

/** RFC 7643 §3.1: schemas are named by a URN; here whatever has only the signs of one. */
export const schemaIdPattern = /^[A-Za-z][A-Za-z0-9+.-]*:[A-Za-z0-9()+,.:=@;$_!*'%/?#-]+$/;

const attributeName = z.string().max(256).regex(attributeNamePattern, "is no name of an attribute");

/** Quotes and brackets close where they open, so a filter can stand in another. */
const scopeFilter = z.string().min(1, "is not empty").max(8192).refine(
  isBalanced, "has quotes or brackets that do not close",
);

const endpoint = z.string().max(1024).regex(
  /^\/(?:[\w~-][\w.~-]*\/?)+$/, "is a path below the url, such as /Users",
);

const ownAttribute = z.strictObject({
  name: attributeName,
  /** The extension that it belongs to; absent for the core schema. */
  schema: z.string().max(512).regex(schemaIdPattern, "is no name of a schema").optional(),
  type: z.enum(["string", "boolean", "integer", "decimal", "dateTime", "binary"]).default("string"),
  many: z.boolean().default(false),
});

const resources = {
  /** Which of them are read (RFC 7644 §3.4.2.2); nothing else is taken from the server. */
  filter: scopeFilter.optional(),
  /** Where they are, for a server that does not tell. */
  endpoint: endpoint.optional(),
  pageSize: z.int().min(2).max(10_000).default(200),
  /** Attributes that the server has and does not tell of. */
  attributes: z.array(ownAttribute).max(500).default([]),
  /** Values of `type` beyond those of the schema, by attribute. */
  types: z.record(attributeName, z.array(z.string().min(1).max(100)).max(50)).default({}),
  /** Attributes with several values that are shown as JSON texts, every sub-attribute kept. */
  whole: z.array(attributeName).max(50).default([]),
};

const users = z.strictObject(resources);
const groups = z.strictObject(resources);

/** What is known of this server, over what the dialect says. */
const quirks = z.strictObject({
  describesItself: z.boolean().optional(),
  filters: z.enum(["all", "eq", "none"]).optional(),
  updates: z.enum(["patch", "put"]).optional(),
  operations: z.enum(["lower", "capital"]).optional(),
  booleans: z.enum(["json", "words"]).optional(),
  memberRemoval: z.enum(["filter", "value"]).optional(),
  membersPerPatch: z.int().min(1).max(100_000).optional(),
  membersUnseen: z.boolean().optional(),
  showsMembers: z.boolean().optional(),
  memberFilters: z.boolean().optional(),
  paging: z.enum(["index", "cursor"]).optional(),
  pageOverlap: z.boolean().optional(),
  pageSizeMax: z.int().min(2).max(10_000).optional(),
  bulk: z.boolean().optional(),
  versions: z.boolean().optional(),
  userNameCase: z.enum(["ignore", "exact"]).optional(),
  uniqueNames: z.boolean().optional(),
});

/** Settings of a connector to a system that speaks SCIM 2.0. */
export const scimConfigurationSchema = z
  .strictObject({
    ...httpSettings,
    dialect: z.enum(scimDialectNames as [typeof scimDialectNames[number]]).default("rfc"),
    quirks: quirks.prefault({}),
    users: users.optional(),
    groups: groups.optional(),
    /** Whether a create leaves its id in `externalId`, where nothing else is written there. */
    externalId: z.enum(["id", "free"]).default("id"),
    /** Ids of what is never written, such as our own account. */
    protected: z.array(z.string().min(1).max(1024)).max(1000).default([]),
    inFlightMax: z.int().min(1).max(64).default(4),
    /** How far reports of changes reach back before what was seen last. */
    overlapMs: z.int().min(1_000).max(86_400_000).default(60_000),
    objectsMax: z.int().min(1).max(100_000_000).default(10_000_000),
  })
  .superRefine((settings, context) => {
    for (const [setting, message] of [...httpProblems(settings), ...ownProblems(settings)]) {
      context.addIssue({ code: "custom", path: setting.split("."), message });
    }
  });

export type ScimConfiguration = z.infer<typeof scimConfigurationSchema>;
export type ScimResources = z.infer<typeof users>;

function* ownProblems(settings: ScimConfiguration): Generator<readonly [string, string]> {
  const { users: people, groups: teams, authentication } = settings;
  if (authentication.kind === "none") yield ["authentication.kind", "is one that signs in"];
  if (people === undefined && teams === undefined) yield ["users", "or groups is required"];
  const traits = dialectOf(settings);
  if (teams !== undefined && traits.showsMembers === false) yield* hiddenMembers(settings, traits);
  for (const [setting, scope] of [["users.filter", people], ["groups.filter", teams]] as const) {
    if (scope?.filter === undefined || traits.filters === undefined) continue;
    if (traits.filters === "none") yield [setting, "is of no use: the server has no filters"];
  }
}

/** Groups without their members: who is in has to be asked for, for each who is read. */
function* hiddenMembers(
  { users: people }: ScimConfiguration, traits: ScimDialect,
): Generator<readonly [string, string]> {
  if (traits.memberFilters !== true) {
    yield ["groups", "are shown without members, so nobody could tell who has to leave"];
  } else if (people === undefined) {
    yield ["users", "is required: groups are shown without members, who are asked for one by one"];
  }
  // The whole list would have to be written, and nobody shows it.
  if (traits.updates !== "patch") yield ["quirks.updates", "is patch where members are not shown"];
}

/** The dialect with what the settings say over it. */
export function dialectOf({ dialect, quirks: own }: ScimConfiguration): ScimDialect {
  const given = Object.entries(own).filter(([, value]) => value !== undefined);
  return { ...scimDialects[dialect], ...Object.fromEntries(given) };
}

function isBalanced(text: string): boolean {
  const open: string[] = [];
  const bare = text.replaceAll(/"(?:[^"\\]|\\.)*"/g, "");
  for (const sign of bare) {
    if (sign === "(") open.push(")");
    else if (sign === "[") open.push("]");
    else if (sign === ")" || sign === "]") {
      if (open.pop() !== sign) return false;
    }
  }
  return open.length === 0 && !bare.includes('"');
}
