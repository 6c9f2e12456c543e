import { askMembers } from "./asked-members.js";
import { chunks } from "../chunks.js";
import { ConnectorError, type ConnectorWrite, type WriteResult } from "../connector.js";
import { asArray, isObject, keyOf, member, type JsonObject } from "../http/json.js";
import { bodyOf, operation, patchBody, type PatchOperation } from "./patch.js";
import { membersIn } from "./read.js";
import { demandObject, versionOf, type ResourceKind } from "./resource-kind.js";
import type { ScimAnswer } from "./scim-client.js";
import {
  demandKind, demandResource, demandUnprotected, invalid, type WriteContext,
} from "./write-context.js";

type MembersWrite = Extract<ConnectorWrite, { readonly operation: "members" }>;

interface Difference {
  readonly add: readonly string[];
  readonly remove: readonly string[];
}

const membersPerPatch = 1_000;
const turnsMax = 3;

/**
 * Adds and removes single members; nobody else is named, so nobody else can leave. Where the server
 * has no PATCH the whole list is written, as it was just before.
 */
export async function writeMembers(
  context: WriteContext, write: MembersWrite,
): Promise<WriteResult> {
  const { service } = context;
  const kind = demandKind(context, "group");
  demandUnprotected(context, write.anchor);
  if (![...write.add, ...write.remove].every((each) => each !== "" && each.isWellFormed())) {
    throw invalid("a member has no id");
  }
  const unseen = await writeUnseen(context, kind, write);
  if (unseen !== undefined) return unseen;
  for (let turn = 1; ; turn += 1) {
    const group = await demandResource(context, kind, write.anchor);
    const present = service.dialect.memberFilters === true
      ? await askMembers(context, kind, write)
      : new Set(membersIn(group.json).members.map((each) => each.member));
    const open = {
      add: [...new Set(write.add)].filter((each) => !present.has(each)),
      remove: [...new Set(write.remove)].filter((each) => present.has(each)),
    };
    const object = demandObject(kind, group.json);
    if (open.add.length + open.remove.length === 0) {
      return { id: write.id, ok: true, already: true, object };
    }
    try {
      if (service.updates === "put") await putMembers(context, kind, group, open);
      else await patchMembers(context, [...kind.path, write.anchor], open);
      return { id: write.id, ok: true, object };
    } catch (error) {
      const isStale = error instanceof ConnectorError && error.code === "OBJECT_CHANGED";
      if (!isStale || turn === turnsMax) throw error;
    }
  }
}

/** Undefined where it has to be seen first, or the server takes no more than what is not so. */
async function writeUnseen(
  context: WriteContext, kind: ResourceKind, write: MembersWrite,
): Promise<WriteResult | undefined> {
  const { client, service, signal } = context;
  if (service.dialect.membersUnseen !== true || service.updates !== "patch") return undefined;
  const path = [...kind.path, write.anchor];
  const found = await client.find(path, { excludedAttributes: "members" }, signal);
  if (found === undefined) throw new ConnectorError("skip", "OBJECT_GONE", "nothing has its id");
  try {
    await patchMembers(context, path, write);
  } catch (error) {
    if (error instanceof ConnectorError && error.code === "VALUE_INVALID") return undefined;
    throw error;
  }
  return { id: write.id, ok: true, object: demandObject(kind, found.json) };
}

async function patchMembers(
  { change, service }: WriteContext, path: readonly string[], { add, remove }: Difference,
): Promise<void> {
  const { dialect } = service;
  const size = dialect.membersPerPatch ?? membersPerPatch;
  const removal = (part: readonly string[]): readonly PatchOperation[] =>
    dialect.memberRemoval === "value"
      ? [operation(dialect, "remove", "members", part.map((value) => ({ value })))]
      : part.map((id) => operation(dialect, "remove", `members[value eq ${JSON.stringify(id)}]`));
  const addition = (part: readonly string[]): readonly PatchOperation[] =>
    [operation(dialect, "add", "members", part.map((value) => ({ value })))];
  const bodies = [...chunks(remove, size)].map(removal)
    .concat([...chunks(add, size)].map(addition));
  for (const operations of bodies) {
    await change({ method: "PATCH", path, json: patchBody(operations) });
  }
}

async function putMembers(
  { change, service }: WriteContext, kind: ResourceKind, group: ScimAnswer,
  { add, remove }: Difference,
): Promise<void> {
  const { json } = group;
  const leavers = new Set(remove);
  const key = keyOf(json, "members") ?? "members";
  const kept = asArray(member(json, "members")).filter((each) => !leavers.has(idOf(each)));
  const draft = { ...json, [key]: [...kept, ...add.map((value) => ({ value }))] };
  const id = String(member(json, "id"));
  await change({
    method: "PUT", path: [...kind.path, id], json: bodyOf(kind, draft),
    version: service.versions ? group.version ?? versionOf(json) : undefined,
  });
}

function idOf(json: unknown): string {
  return String(isObject(json) ? member(json as JsonObject, "value") : json);
}
