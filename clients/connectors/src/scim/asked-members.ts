import { chunks } from "../chunks.js";
import {
  ConnectorError, type ConnectorMember, type ConnectorWrite, type ReadBatch, type ReadOptions,
} from "../connector.js";
import { asArray, isObject, member } from "../http/json.js";
import { equalTo } from "./filter.js";
import { listAll, type Listing } from "./pages.js";
import { anchorOf, type ResourceKind } from "./resource-kind.js";
import { invalid, type WriteContext } from "./write-context.js";

type MembersWrite = Extract<ConnectorWrite, { readonly operation: "members" }>;

interface Asked {
  /** Of groups. */
  readonly listing: Omit<Listing, "filter" | "counter">;
  readonly objectsMax: number;
  /** Ids of who was read. */
  readonly people: ReadonlySet<string>;
  readonly groups: ReadonlySet<string>;
}

const peopleAtOnce = 64;

/**
 * Members of groups that are shown without them: each person's groups are asked for, so who is not
 * read himself is not seen as a member. Throws ConnectorError.
 */
export async function* askedMembers(
  asked: Asked, { batchSizeMax, signal }: ReadOptions,
): AsyncGenerator<Extract<ReadBatch, { readonly type: "members" }>> {
  for (const some of chunks([...asked.people], peopleAtOnce)) {
    signal.throwIfAborted();
    const found = await Promise.all(some.map((person) => membershipsOf(asked, person)));
    for (const part of chunks(found.flat(), batchSizeMax)) yield { type: "members", members: part };
  }
}

async function membershipsOf(
  { listing, objectsMax, groups }: Asked, person: string,
): Promise<readonly ConnectorMember[]> {
  const filter = equalTo("members.value", person);
  const found: ConnectorMember[] = [];
  try {
    for await (const page of listAll({ ...listing, filter, counter: { left: objectsMax } })) {
      const ids = page.resources.flatMap((each) => anchorOf(each) ?? []);
      found.push(...ids.filter((id) => groups.has(id)).map((group) => ({ group, member: person })));
    }
    return found;
  } catch (error) {
    if (!(error instanceof ConnectorError) || await isThere(listing, person)) throw error;
    // Such servers say "not found" for who went meanwhile: the next read tells.
    return [];
  }
}

async function isThere(
  { client, service, signal }: Asked["listing"], person: string,
): Promise<boolean> {
  const path = service.kinds.get("user")?.path ?? [];
  return (await client.find([...path, person], {}, signal)) !== undefined;
}

/** Of those whom a write names, who is in the group now. Throws `VALUE_INVALID`. */
export async function askMembers(
  context: WriteContext, kind: ResourceKind, { anchor, add, remove }: MembersWrite,
): Promise<ReadonlySet<string>> {
  const named = [...new Set([...add, ...remove])];
  const present = new Set<string>();
  for (const some of chunks(named, peopleAtOnce)) {
    await Promise.all(some.map(async (id) => {
      const isIn = await isMember(context, kind, anchor, id);
      if (isIn === undefined && add.includes(id)) throw invalid("a member is not there");
      if (isIn === true) present.add(id);
    }));
  }
  return present;
}

/** Undefined where the server knows no such member. */
async function isMember(
  { client, signal }: WriteContext, kind: ResourceKind, group: string, person: string,
): Promise<boolean | undefined> {
  // Without brackets, which such servers do not read.
  const filter = `${equalTo("id", group)} and ${equalTo("members", person)}`;
  const found = await client.find(kind.path, { filter }, signal);
  if (found === undefined) return undefined;
  return asArray(member(found.json, "Resources"))
    .some((each) => isObject(each) && anchorOf(each) === group);
}
