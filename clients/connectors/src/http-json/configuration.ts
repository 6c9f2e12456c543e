import * as z from "zod";
import { connectorErrorCodes, connectorErrorKinds } from "../connector.js";
import { httpProblems, httpSettings } from "../http/http-configuration.js";
import { changeSettings, jsonScalar, listProblems, listSettings } from "./list-settings.js";
import { memberSetting, placeSetting } from "./places.js";
import { askSettings, doSettings, requestProblems } from "./request-settings.js";
import { slotsIn } from "./templates.js";

/** Headers that the connection itself, or signing in, has the say over. */
const ownHeaders = new Set([
  "authorization", "connection", "content-length", "host", "transfer-encoding", "upgrade",
  "accept-encoding", "expect", "keep-alive", "te", "trailer", "cookie", "proxy-authorization",
]);

const headers = z.record(
  z.string().max(256).regex(/^[\w!#$%&'*+.^`|~-]+$/, "is no name of a header")
    .refine((name) => !ownHeaders.has(name.toLowerCase()), "is not for the settings to say"),
  z.string().max(8192).regex(/^[\x20-\x7e]*$/, "has only visible letters of ASCII"),
).default({});

/** What an answer means, over what its status means. The first that fits counts. */
const errorRule = z.strictObject({
  status: z.int().min(200).max(599).optional(),
  /** Where the answer says so: with one of the values, or with anything that means yes. */
  path: memberSetting.optional(),
  values: z.array(jsonScalar).min(1).optional(),
  of: z.enum(["read", "write"]).optional(),
  kind: z.enum(connectorErrorKinds),
  code: z.enum(connectorErrorCodes),
});

const attribute = z.strictObject({
  path: memberSetting,
  type: z.enum([
    "string", "boolean", "integer", "decimal", "instant", "date", "binary", "reference",
  ]).default("string"),
  many: z.boolean().default(false),
  /** Where in each element of the list the value is. */
  each: memberSetting.optional(),
  ordered: z.boolean().default(false),
  caseIgnore: z.boolean().default(false),
  required: z.boolean().default(false),
  readOnly: z.boolean().default(false),
});

const enabled = z.strictObject({
  path: memberSetting,
  true: z.array(jsonScalar).min(1).default([true]),
  false: z.array(jsonScalar).min(1).default([false]),
});

const answered = { object: placeSetting.default("") };

const update = z.strictObject({
  method: z.enum(["PUT", "PATCH", "POST"]),
  path: z.string().max(2048),
  query: z.record(z.string(), z.string()).default({}),
  /** Whether the whole object is sent, as it was just read, or what changes alone. */
  sends: z.enum(["changes", "whole"]).default("changes"),
  mediaType: z.enum(["application/json", "application/merge-patch+json"])
    .default("application/json"),
  /** What the server would refuse of a whole object, such as its own times. */
  without: z.array(memberSetting).max(100).default([]),
});

const writes = z.strictObject({
  /** Asks for one object by its anchor. */
  item: z.strictObject({ ...askSettings, ...answered }),
  /** Asks for whoever has a name (`{name}`) or our id (`{id}`), which the system keeps unique. */
  find: z.strictObject(listSettings),
  create: z.strictObject({
    method: z.enum(["POST", "PUT"]).default("POST"),
    path: z.string().max(2048),
    query: z.record(z.string(), z.string()).default({}),
    /** What each new object has beside its attributes. */
    body: z.record(z.string(), z.json()).default({}),
    ...answered,
    /** Where our id is kept, so that what we made is known by it. */
    id: memberSetting.optional(),
    /** Where a first password goes. */
    password: memberSetting.optional(),
  }).optional(),
  update: update.optional(),
  delete: doSettings.optional(),
  /** Requests of their own, where the state is not written like an attribute. */
  enable: doSettings.optional(),
  disable: doSettings.optional(),
  /** Whether objects have an ETag that If-Match is heeded with. */
  versions: z.boolean().default(false),
});

const kindSettings = {
  list: z.strictObject({ ...listSettings, changes: changeSettings.optional() }),
  anchor: memberSetting,
  /** The attribute whose value is the object's name. */
  name: z.string().min(1),
  enabled: enabled.optional(),
  attributes: z.record(z.string().min(1).max(256).refine(
    (name) => name !== "__proto__", "is no name of an attribute",
  ), attribute),
  /** Whether a read that finds nobody is a whole one. */
  mayBeEmpty: z.boolean().default(false),
  writes: writes.optional(),
};

const memberList = { ...listSettings, member: memberSetting };

const members = z.strictObject({
  /** Where in a group its members are, and in each of them who it is. */
  inGroup: z.strictObject({
    path: memberSetting, member: placeSetting.default(""),
  }).optional(),
  /** Lists of the members of one group (`{group}`). */
  ofGroup: z.array(z.strictObject(memberList)).min(1).max(10).optional(),
  /** One list of all memberships. */
  pairs: z.strictObject({
    ...memberList, group: memberSetting, changes: changeSettings.optional(),
  }).optional(),
  /** With `{group}` and `{member}`, or with `{"$value": "members"}` for several at once. */
  add: doSettings.optional(),
  remove: doSettings.optional(),
  perRequest: z.int().min(1).max(10_000).default(100),
});

const users = z.strictObject(kindSettings);
const groups = z.strictObject({ ...kindSettings, members: members.optional() });

/** Settings of a connector to a system that speaks JSON over HTTP. */
export const httpJsonConfigurationSchema = z
  .strictObject({
    ...httpSettings,
    headers,
    errors: z.array(errorRule).max(100).default([]),
    users: users.optional(),
    groups: groups.optional(),
    /** Anchors of what is never written, such as our own account. */
    protected: z.array(z.string().min(1).max(1024)).max(1000).default([]),
    inFlightMax: z.int().min(1).max(64).default(4),
    objectsMax: z.int().min(1).max(100_000_000).default(10_000_000),
  })
  .superRefine((settings, context) => {
    for (const [setting, message] of [...httpProblems(settings), ...ownProblems(settings)]) {
      context.addIssue({ code: "custom", path: setting.split("."), message });
    }
  });

export type HttpJsonConfiguration = z.infer<typeof httpJsonConfigurationSchema>;
export type KindSettings = z.infer<typeof users>;
export type MembersSettings = z.infer<typeof members>;
export type WritesSettings = z.infer<typeof writes>;
export type AttributeSettings = z.infer<typeof attribute>;
export type ErrorRule = z.infer<typeof errorRule>;

type Problems = Generator<readonly [string, string]>;

function* below(prefix: string, problems: Problems): Problems {
  for (const [setting, message] of problems) yield [`${prefix}.${setting}`, message];
}

function* ownProblems(settings: HttpJsonConfiguration): Problems {
  const { users: people, groups: teams, errors } = settings;
  if (people === undefined && teams === undefined) yield ["users", "or groups is required"];
  for (const [at, { status, path }] of errors.entries()) {
    if (status === undefined && path === undefined) {
      yield [`errors.${at}.status`, "or path is required"];
    }
  }
  if (people !== undefined) yield* below("users", kindProblems(people));
  if (teams !== undefined) {
    yield* below("groups", kindProblems(teams));
    const { members: team } = teams;
    if (team !== undefined) yield* below("groups.members", memberProblems(team));
  }
  yield* changeProblems(settings);
}

/** Who asks what changed is told all of it, or nothing. */
function* changeProblems({ users: people, groups: teams }: HttpJsonConfiguration): Problems {
  const pairs = teams?.members?.pairs;
  const lists = [
    ["users.list.changes", people?.list], ["groups.list.changes", teams?.list],
    ["groups.members.pairs.changes", pairs],
  ] as const;
  const asked = lists.filter(([, list]) => list !== undefined);
  const isTold = asked.some(([, list]) => list?.changes !== undefined);
  for (const [setting, list] of asked) {
    if (isTold && list?.changes === undefined) {
      yield [setting, "is required where changes are told elsewhere"];
    }
  }
  if (isTold && pairs !== undefined && teams?.members?.ofGroup === undefined) {
    yield ["groups.members.ofGroup", "is required beside changes of pairs"];
  }
}

function* kindProblems(settings: KindSettings): Problems {
  yield* below("list", listProblems(settings.list, []));
  const { list, name, attributes, writes: ways, enabled: state } = settings;
  const naming = Object.hasOwn(attributes, name) ? attributes[name] : undefined;
  if (naming === undefined) yield ["name", "is one of the attributes"];
  else if (naming.many) yield ["name", "is an attribute with one value"];
  for (const [each, { each: within, many }] of Object.entries(attributes)) {
    if (within !== undefined && !many) {
      yield [`attributes.${each}.each`, "is for attributes with several values"];
    }
  }
  if (list.changes?.kind === "delta" && !list.changes.whole && ways === undefined) {
    yield ["writes.item", "is required where changes are not whole"];
  }
  if (ways === undefined) return;
  yield* below("writes", writeProblems(ways));
  if ((ways.enable === undefined) !== (ways.disable === undefined)) {
    yield ["writes.enable", "and disable go together"];
  }
  if (ways.enable !== undefined && state === undefined) {
    yield ["enabled", "is required beside writes.enable: else nobody sees the state"];
  }
}

function* writeProblems(ways: WritesSettings): Problems {
  yield* below("item", requestProblems(ways.item, ["anchor"]));
  yield* below("find", listProblems(ways.find, ["name", "id"]));
  const { find, create } = ways;
  const slots = `${JSON.stringify(find.query)} ${find.path} ${slotsIn(find.body).join(" ")}`;
  const byId = /\{id[:}]/.test(slots) || slotsIn(find.body).includes("id");
  if (!byId && !/\{name[:}]/.test(slots) && !slotsIn(find.body).includes("name")) {
    yield ["find.query", "has {name} or {id}"];
  }
  if (byId && create?.id === undefined) yield ["create.id", "is required where find has {id}"];
  const changes = [
    ["create", create === undefined ? undefined : { ...create, body: undefined }, ["name", "id"]],
    ["update", ways.update, ["anchor"]], ["delete", ways.delete, ["anchor"]],
    ["enable", ways.enable, ["anchor"]], ["disable", ways.disable, ["anchor"]],
  ] as const;
  for (const [setting, request, names] of changes) {
    if (request !== undefined) yield* below(setting, requestProblems(request, names));
  }
}

function* memberProblems(settings: MembersSettings): Problems {
  const { inGroup, ofGroup, pairs, add, remove } = settings;
  if (inGroup === undefined && ofGroup === undefined && pairs === undefined) {
    yield ["ofGroup", "or inGroup or pairs is required"];
  }
  if (inGroup !== undefined && (ofGroup !== undefined || pairs !== undefined)) {
    yield ["inGroup", "is not used together with ofGroup or pairs"];
  }
  for (const [at, list] of (ofGroup ?? []).entries()) {
    yield* below(`ofGroup.${at}`, listProblems(list, ["group"]));
  }
  if (pairs !== undefined) yield* below("pairs", listProblems(pairs, []));
  if ((add === undefined) !== (remove === undefined)) yield ["add", "and remove go together"];
  if (add !== undefined && ofGroup === undefined && inGroup === undefined) {
    yield ["ofGroup", "is required where members are written"];
  }
  const names = ["group", "member", "members"];
  if (add !== undefined) yield* below("add", requestProblems(add, names));
  if (remove !== undefined) yield* below("remove", requestProblems(remove, names));
}
