import { askedMembers } from "./asked-members.js";
import { chunks } from "../chunks.js";
import type {
  ConnectorMember, ConnectorObject, ConnectorSkip, ReadBatch, ReadOptions,
} from "../connector.js";
import type { ScimService } from "./discovery.js";
import { asArray, isObject, member, textOf, type JsonObject } from "../http/json.js";
import { listAll, type Listing } from "./pages.js";
import { anchorOf, toObject, type ResourceKind } from "./resource-kind.js";
import type { ScimClient } from "./scim-client.js";
import { fromScim } from "./values.js";

/** Everything in scope: people, groups, and the members of each group. Throws ConnectorError. */
export async function* readResources(
  client: ScimClient, service: ScimService, objectsMax: number, options: ReadOptions,
): AsyncGenerator<ReadBatch> {
  const counter = { left: objectsMax };
  const isAsked = service.dialect.memberFilters === true;
  const seen = { user: new Set<string>(), group: new Set<string>() };
  for (const kind of service.kinds.values()) {
    const { filter } = kind.settings;
    const listing: Listing = { client, service, kind, filter, signal: options.signal, counter };
    let place = 0;
    for await (const { resources } of listAll(listing)) {
      yield* batchesOf(kind, resources, place, options);
      place += resources.length;
      if (isAsked) {
        for (const each of resources) seen[kind.kind].add(anchorOf(each) ?? "");
      }
    }
  }
  const groups = service.kinds.get("group");
  if (!isAsked || groups === undefined) return;
  const listing = { client, service, kind: groups, signal: options.signal };
  yield* askedMembers({ listing, objectsMax, people: seen.user, groups: seen.group }, options);
}

function* batchesOf(
  kind: ResourceKind, resources: readonly JsonObject[], place: number,
  { batchSizeMax }: ReadOptions,
): Generator<ReadBatch> {
  const objects: ConnectorObject[] = [];
  const skips: ConnectorSkip[] = [];
  for (const [at, resource] of resources.entries()) {
    const read = toObject(kind, resource, `${kind.path.join("/")} ${place + at + 1}`);
    if ("code" in read) skips.push(read);
    else objects.push(read);
  }
  for (const part of chunks(objects, batchSizeMax)) yield { type: "objects", objects: part };
  if (kind.kind === "group") {
    const read = resources.map((each) => membersIn(each));
    const members = read.flatMap((each) => each.members);
    skips.push(...read.flatMap((each) => each.skips));
    for (const part of chunks(members, batchSizeMax)) yield { type: "members", members: part };
  }
  for (const part of chunks(skips, batchSizeMax)) yield { type: "skips", skips: part };
}

/** The members of a group, by their ids; a group without an id was passed over as a whole. */
export function membersIn(
  group: JsonObject,
): { readonly members: readonly ConnectorMember[]; readonly skips: readonly ConnectorSkip[] } {
  const anchor = anchorOf(group);
  if (anchor === undefined) return { members: [], skips: [] };
  const ids = asArray(member(group, "members")).map((each) => memberId(each));
  const members = [...new Set(ids.filter((id) => id !== undefined))]
    .map((id) => ({ group: anchor, member: id }));
  const reason = "a member of this group has no id";
  const skip = { object: anchor, anchor, code: "ROW_MALFORMED", reason } as const;
  return { members, skips: ids.includes(undefined) ? [skip] : [] };
}

function memberId(json: unknown): string | undefined {
  const id = fromScim("string", textOf(isObject(json) ? member(json, "value") : json));
  return typeof id === "string" ? id : undefined;
}
