import { codeOf, type ScimReply } from "@joinery/kit";
import {
  badRequest, entityTag, isReturned, ScimError, type Projection, type Resource,
  type ScimResourceType,
} from "@joinery/scim";
import type { PushedTypes } from "../../domain/pushed-types.js";
import {
  kindOf, tooLarge, typeOf, type PushedKind, type PushedObject,
} from "../../domain/pushed.js";
import { locationOf, represent, type Named } from "../../domain/scim-representation.js";
import type { PushedPlace } from "../pushed-ports.js";
import type { Tx } from "../ports.js";
import { tell } from "../telling.js";
import { closed, inPushed, toldPush, type ClientCall } from "./client-call.js";

/** One request of one client. */
export interface PushCall extends ClientCall {
  /** Public address of the service. */
  readonly base: string;
}

/** The same, in its transaction. */
export interface OpenCall extends PushCall {
  readonly tx: Tx;
  readonly types: PushedTypes;
}

/** Members in one answer; more are asked for without them. */
const linksMax = 200_000;
/**
 * One transaction in the client's application. Throws ScimError: 403 where it takes no pushes any
 * more, 409 where another one has the user name; nothing was written then.
 */
export async function inApplication<T>(
  call: PushCall,
  work: (call: OpenCall) => Promise<T>,
): Promise<T> {
  try {
    const done = await inPushed(call, new Set(["PG_40P01"]), (tx, types) =>
      work({ ...call, tx, types }));
    if (done !== closed) return done;
  } catch (error) {
    if (codeOf(error) !== "PG_23505") throw error;
    throw new ScimError(409, "another user has this userName", "uniqueness");
  }
  throw new ScimError(403, "the application takes nothing any more");
}

export function placeOf({ client }: PushCall, type: ScimResourceType): PushedPlace {
  return { applicationId: client.applicationId, kind: kindOf(type), type };
}

/** Throws 404. */
export function there(object: PushedObject | null): PushedObject {
  if (object === null) throw new ScimError(404, "there is no such resource");
  return object;
}

/** Throws invalidValue. */
export function checkSize(kind: PushedKind, resource: Resource): void {
  const what = tooLarge(kind, resource);
  if (what !== null) throw badRequest("invalidValue", `${what} is too large`);
}

/** Throws invalidValue: a group has members that are there. */
export async function checkMembers(
  { deps, client, tx }: OpenCall,
  ids: readonly string[],
): Promise<void> {
  if (ids.length === 0) return;
  const unknown = await deps.pushed.unknownOf(tx, client.applicationId, ids);
  if (unknown.length > 0) throw badRequest("invalidValue", "a member is no resource here");
}

/** The objects as they are shown, with what is linked to them where it is asked for. */
export async function shown(
  { deps, base, tx, types }: OpenCall,
  objects: readonly PushedObject[],
  projection: Projection,
  mayHaveLinks = true,
): Promise<ReturnType<typeof represent>[]> {
  const links = new Map<string, readonly Named[]>();
  let room = linksMax;
  for (const kind of ["user", "group"] as const) {
    const ids = objects.filter((each) => each.kind === kind).map(({ id }) => id);
    const needsLinks = mayHaveLinks && ids.length > 0
      && isReturned(typeOf(kind), projection, kind === "group" ? "members" : "groups");
    if (!needsLinks) continue;
    const found = await deps.pushed.linksOf(tx, kind, ids, room + 1);
    for (const [id, named] of found) {
      links.set(id, named);
      room -= named.length;
    }
    if (room >= 0) continue;
    throw badRequest("tooMany", "more members than an answer holds: excludedAttributes=members");
  }
  return objects.map((each) =>
    represent({ base, types }, each, links.get(each.id) ?? [], projection));
}

export function reply(
  status: number,
  { base }: Pick<PushCall, "base">,
  object: PushedObject,
  body: ScimReply["body"],
): ScimReply {
  const { kind, id, version } = object;
  const headers = { location: locationOf(base, kind, id), etag: entityTag(version) };
  return { status, headers, body };
}

/** Tells `audit` who pushed what: names of attributes and numbers, values come with the import. */
export async function record(
  call: OpenCall,
  action: "create" | "replace" | "patch" | "delete",
  { kind, id }: Pick<PushedObject, "kind" | "id">,
  after: Readonly<Record<string, unknown>>,
): Promise<void> {
  const { applicationId } = call.client;
  await tell(call.deps, call.tx, [
    toldPush(call, action, { kind, id }, { applicationId, ...after }),
  ]);
}
