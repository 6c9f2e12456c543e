import {
  badRequest, coerce, findAttribute, groupType, isObject, type BoundFilter, type PatchStep,
  type Resource,
} from "@joinery/scim";

/** A change of who is in a group, in the order in which it was asked for. */
export type MemberStep =
  | { readonly kind: "add" | "remove" | "set"; readonly ids: readonly string[] }
  | { readonly kind: "removeWhere"; readonly filter: BoundFilter };

const members = findAttribute(groupType.schema.attributes, "members");

/** Members lie beside a group: what concerns them is done there, the rest in the resource. */
export function partition(steps: readonly PatchStep[]): {
  readonly own: readonly PatchStep[];
  readonly members: readonly MemberStep[];
} {
  return {
    own: steps.filter((each) => each.target.attribute !== members),
    members: steps.filter((each) => each.target.attribute === members).map(toMemberStep),
  };
}

/** Throws mutability: a member is what it is, it comes and goes. */
function toMemberStep({ op, target: { filter, sub }, value }: PatchStep): MemberStep {
  const isRemoval = op === "remove";
  if (sub !== null || (filter !== null && !isRemoval)) {
    throw badRequest("mutability", "members are added and removed, not changed");
  }
  if (filter !== null) return removalBy(filter);
  if (isRemoval && (value === undefined || value === null)) return { kind: "set", ids: [] };
  const ids = memberIds(value);
  if (isRemoval) return { kind: "remove", ids };
  return { kind: op === "add" ? "add" : "set", ids };
}

/** One member by its id, as clients nearly always ask, is found by its key. */
function removalBy(filter: BoundFilter): MemberStep {
  if (filter.kind === "compare" && filter.operator === "eq") {
    const { attribute } = filter.path;
    if (attribute.name === "value") return { kind: "remove", ids: [String(filter.value)] };
  }
  return { kind: "removeWhere", filter };
}

/** Ids of what was sent as members. Throws invalidValue. */
export function memberIds(sent: unknown): readonly string[] {
  const values = members === undefined ? undefined : coerce(members, sent);
  const list: readonly unknown[] = Array.isArray(values) ? values : [];
  return [...new Set(list.map((each) => {
    const id = isObject(each) ? each["value"] : undefined;
    if (typeof id === "string") return id.toLowerCase();
    throw badRequest("invalidValue", "a member has no value");
  }))];
}

/** A resource and who is in it; null where that is not said. */
export function splitMembers(resource: Resource): {
  readonly own: Resource;
  readonly ids: readonly string[];
} {
  const { members: sent, ...own } = resource;
  return { own, ids: memberIds(sent ?? []) };
}
