import type { ScimReply } from "@joinery/kit";
import {
  applyPatch, checkIfMatch, parsePatch, toResource, type Condition, type Projection,
  type Resource, type ScimResourceType,
} from "@joinery/scim";
import { kindOf, type PushedObject } from "../../domain/pushed.js";
import { differing } from "../../domain/push-batch.js";
import { partition, splitMembers, type MemberStep } from "../../domain/pushed-patch.js";
import {
  checkMembers, checkSize, placeOf, record, reply, shown, there, type OpenCall,
} from "./push-call.js";

export interface WriteInput {
  readonly type: ScimResourceType;
  readonly body: unknown;
  readonly projection: Projection;
}

export interface ChangeInput extends WriteInput {
  readonly id: string;
  readonly ifMatch: Condition;
}

/** RFC 7644 §3.3. Throws ScimError. */
export async function createPushed(
  call: OpenCall,
  { type, body, projection }: WriteInput,
): Promise<ScimReply> {
  const { deps, client: { applicationId }, tx } = call;
  const place = placeOf(call, type);
  const { own, ids } = splitMembers(toResource(type, body));
  checkSize(place.kind, own);
  await checkMembers(call, ids);
  const object = await deps.pushed.add(tx, place, deps.newId(), own);
  if (ids.length > 0) await deps.pushed.addMembers(tx, { applicationId, id: object.id }, ids);
  await record(call, "create", object, {
    attributes: Object.keys(own).toSorted(), members: ids.length,
  });
  const [representation] = await shown(call, [object], projection, ids.length > 0);
  return reply(201, call, object, representation);
}

/** RFC 7644 §3.5.1: what is not said is cleared. Throws ScimError. */
export async function replacePushed(call: OpenCall, input: ChangeInput): Promise<ScimReply> {
  const { type, body } = input;
  return changing(call, input, ({ resource }) => {
    const { own, ids } = splitMembers(toResource(type, body, resource));
    const members: readonly MemberStep[] = kindOf(type) === "group" ? [{ kind: "set", ids }] : [];
    return { action: "replace", own, members };
  });
}

/** RFC 7644 §3.5.2: all operations or none. Throws ScimError. */
export async function patchPushed(call: OpenCall, input: ChangeInput): Promise<ScimReply> {
  const { own: steps, members } = partition(parsePatch(input.type, input.body));
  return changing(call, input, ({ resource }) => ({
    action: "patch", own: applyPatch(input.type, resource, steps), members,
  }));
}

/** RFC 7644 §3.6. Throws ScimError. */
export async function deletePushed(
  call: OpenCall,
  { type, id, ifMatch }: Pick<ChangeInput, "type" | "id" | "ifMatch">,
): Promise<ScimReply> {
  const { deps, tx } = call;
  const object = there(await deps.pushed.lock(tx, placeOf(call, type), id));
  checkIfMatch(ifMatch, object.version);
  await deps.pushed.removeAll(tx, [object.id]);
  await record(call, "delete", object, {});
  return { status: 204, headers: {}, body: null };
}

interface Wanted {
  readonly action: "replace" | "patch";
  readonly own: Resource;
  readonly members: readonly MemberStep[];
}

/** Writes what differs; what does not keeps its version, and nobody is told of it. */
async function changing(
  call: OpenCall,
  { type, id, ifMatch, projection }: ChangeInput,
  decide: (object: PushedObject) => Wanted,
): Promise<ScimReply> {
  const { deps, tx } = call;
  const place = placeOf(call, type);
  const object = there(await deps.pushed.lock(tx, place, id));
  checkIfMatch(ifMatch, object.version);
  const { action, own, members } = decide(object);
  checkSize(place.kind, own);
  const attributes = differing(object.resource, own);
  const moved = await changeMembers(call, object, members);
  const differs = attributes.length > 0 || moved > 0;
  const after = differs ? await deps.pushed.change(tx, place, object.id, own) : object;
  if (differs) await record(call, action, object, { attributes, members: moved });
  // A large group is not read for one member: RFC 7644 §3.5.2 lets us say nothing.
  if (place.kind === "group" && action === "patch" && projection.only === null) {
    return reply(204, call, after, null);
  }
  const [representation] = await shown(call, [after], projection);
  return reply(200, call, after, representation);
}

async function changeMembers(
  call: OpenCall,
  { id }: PushedObject,
  steps: readonly MemberStep[],
): Promise<number> {
  const { deps: { pushed }, tx } = call;
  const group = { applicationId: call.client.applicationId, id };
  let moved = 0;
  for (const step of steps) {
    if (step.kind === "removeWhere") {
      moved += await pushed.removeMembersWhere(tx, group, step.filter);
      continue;
    }
    const { kind, ids } = step;
    if (kind !== "remove") await checkMembers(call, ids);
    if (kind === "set") moved += await pushed.removeAllMembersBut(tx, group, ids);
    if (kind === "remove") moved += await pushed.removeMembers(tx, group, ids);
    else if (ids.length > 0) moved += await pushed.addMembers(tx, group, ids);
  }
  return moved;
}
