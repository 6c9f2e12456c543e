import { isSameJson, type Resource } from "@joinery/scim";
import { nameKey } from "./name-key.js";
import {
  pushRefused, referenceKey, type PushRefusal, type Reference, type WantedAccount,
} from "./push-sent.js";
import { nameOf, type PushedKind, type PushedObject } from "./pushed.js";

type HeldObject = Pick<PushedObject, "id" | "version" | "resource">;

/** What an application holds of what a batch names. */
export interface PushView {
  /** The objects of the batch, by kind and external id: one, or several that share it. */
  readonly held: ReadonlyMap<string, readonly HeldObject[]>;
  /** Ids of the objects that it names as members. */
  readonly named: ReadonlyMap<string, readonly string[]>;
  /** Ids of the users that have the names of the batch, by the key of the name. */
  readonly names: ReadonlyMap<string, string>;
}

/** What becomes of one object of a batch. */
export type PushStep =
  | { readonly kind: "refuse"; readonly error: PushRefusal }
  | {
      readonly kind: "create" | "change" | "keep";
      readonly id: string;
      readonly of: PushedKind;
      readonly resource: Resource;
      /** Before this batch; 0 for one that is made. */
      readonly version: number;
      /** Names of attributes that differ. */
      readonly attributes: readonly string[];
      readonly members: {
        readonly isAll: boolean;
        readonly come: readonly string[];
        readonly leave: readonly string[];
      } | null;
    };

type Input = WantedAccount | { readonly error: PushRefusal };

/**
 * Decides a batch: `newIds` has one id for each object that may have to be made. An object is
 * refused alone; a group that names a refused one is refused with it.
 */
export function decidePush(
  wanted: readonly Input[],
  view: PushView,
  newIds: readonly string[],
): readonly PushStep[] {
  const seen = new Set<string>();
  const names = new Map(view.names);
  const drafts = wanted.map((each, at): Draft => {
    if ("error" in each) return { error: each.error };
    const key = referenceKey(each);
    if (seen.has(key)) return refusal("PUSH_REPEATED");
    seen.add(key);
    return decideOne(each, view.held.get(key) ?? [], names, newIds[at] ?? "");
  });
  const ids = idsOf(drafts, view);
  // A refusal may take away what another group counts on, so it goes on until nothing changes.
  for (let isStable = false; !isStable;) {
    isStable = true;
    for (const [at, draft] of drafts.entries()) {
      if ("error" in draft) continue;
      const refused = refusedMembers(draft.wanted, ids);
      if (refused === null) continue;
      drafts[at] = { error: refused };
      if (draft.step.kind === "create") ids.delete(referenceKey(draft.wanted));
      isStable = false;
    }
  }
  return drafts.map((draft) => toStep(draft, ids));
}

type Step = Exclude<PushStep, { kind: "refuse" }>;
type Draft =
  | { readonly error: PushRefusal }
  | { readonly wanted: WantedAccount; readonly step: Omit<Step, "members"> };

/** Remembers the name that the object takes. */
function decideOne(
  wanted: WantedAccount,
  held: readonly HeldObject[],
  names: Map<string, string>,
  newId: string,
): Draft {
  const { kind, resource, version } = wanted;
  const [before, another] = held;
  if (another !== undefined) return refusal("PUSH_AMBIGUOUS");
  if (version !== null && version !== (before?.version ?? 0)) {
    return refusal("PUSH_VERSION_CONFLICT");
  }
  const after = resource ?? before?.resource;
  if (after === undefined) return refusal("PUSH_NOT_FOUND");
  const id = before?.id ?? newId;
  if (kind === "user") {
    const name = nameKey(nameOf(kind, after));
    if ((names.get(name) ?? id) !== id) return refusal("PUSH_NAME_TAKEN");
    names.set(name, id);
  }
  const attributes = differing(before?.resource ?? {}, after);
  const isSame = before !== undefined && attributes.length === 0;
  const stepKind = before === undefined ? "create" : isSame ? "keep" : "change";
  return {
    wanted,
    step: {
      kind: stepKind, id, of: kind, resource: isSame ? before.resource : after,
      version: before?.version ?? 0, attributes,
    },
  };
}

/** Where each object is that may be a member: held before, or made now. */
function idsOf(drafts: readonly Draft[], view: PushView): Map<string, string | null> {
  const ids = new Map<string, string | null>();
  for (const [key, [one, another]] of view.named) {
    if (one !== undefined) ids.set(key, another === undefined ? one : null);
  }
  for (const draft of drafts) {
    if ("step" in draft && draft.step.kind === "create") {
      ids.set(referenceKey(draft.wanted), draft.step.id);
    }
  }
  return ids;
}

/** Who leaves need not be there. */
function refusedMembers(
  { members }: WantedAccount,
  ids: ReadonlyMap<string, string | null>,
): PushRefusal | null {
  const found = (members?.come ?? []).map((each) => ids.get(referenceKey(each)));
  if (found.includes(undefined)) return pushRefused("PUSH_MEMBER_UNKNOWN");
  return found.includes(null) ? pushRefused("PUSH_AMBIGUOUS", "a member") : null;
}

function toStep(draft: Draft, ids: ReadonlyMap<string, string | null>): PushStep {
  if ("error" in draft) return { kind: "refuse", error: draft.error };
  const { wanted: { members }, step } = draft;
  if (members === null) return { ...step, members };
  const known = (references: readonly Reference[]) =>
    [...new Set(references.flatMap((each) => ids.get(referenceKey(each)) ?? []))];
  const { isAll, come, leave } = members;
  return { ...step, members: { isAll, come: known(come), leave: known(leave) } };
}

function refusal(code: PushRefusal["code"]): Draft {
  return { error: pushRefused(code) };
}

/** Names of attributes that differ, whatever the order of their parts. */
export function differing(before: Resource, after: Resource): readonly string[] {
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...names].filter((name) => !isSameJson(before[name], after[name])).toSorted();
}
