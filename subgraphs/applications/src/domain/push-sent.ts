import {
  applyPatch, parsePatch, patchUrn, resolvePath, ScimError, toResource,
  type Resource, type ScimResourceType,
} from "@joinery/scim";
import type { PushedTypes } from "./pushed-types.js";
import { tooLarge, type PushedKind } from "./pushed.js";

/** Another object of the same application, as its owner names it. */
export interface SentReference {
  readonly kind: string;
  readonly externalId: string;
}

/** One account or group, as a partner sends it. */
export interface SentAccount extends SentReference {
  /** By the names that mappers see, or as a SCIM resource; null leaves them as they are. */
  readonly attributes: Readonly<Record<string, unknown>> | null;
  /** Whoever is in the group; null where it is not said. */
  readonly members: readonly SentReference[] | null;
  readonly addMembers: readonly SentReference[] | null;
  readonly removeMembers: readonly SentReference[] | null;
  /** Of the object as the partner knows it; 0 for none. Null for whatever is there. */
  readonly version: number | null;
}

export interface Reference {
  readonly kind: PushedKind;
  readonly externalId: string;
}

/** What is wanted of one object. */
export interface WantedAccount extends Reference {
  readonly resource: Resource | null;
  readonly members: WantedMembers | null;
  readonly version: number | null;
}

export interface WantedMembers {
  /** Whether those that are not named leave. */
  readonly isAll: boolean;
  readonly come: readonly Reference[];
  readonly leave: readonly Reference[];
}

/** Why one object was not taken; nothing of it was written. */
export const pushRefusals = {
  PUSH_INVALID: "the object does not fit the schema",
  PUSH_REPEATED: "the object stands in the batch twice: only the first counts",
  PUSH_AMBIGUOUS: "several objects have this external id",
  PUSH_NOT_FOUND: "there is no such object, and nothing to make it of",
  PUSH_NAME_TAKEN: "another account has this user name",
  PUSH_MEMBER_UNKNOWN: "a member is not there",
  PUSH_VERSION_CONFLICT: "the object has another version",
} as const;
export type PushRefusalCode = keyof typeof pushRefusals;

export interface PushRefusal {
  readonly code: PushRefusalCode;
  /** Names attributes of the schema, never a value. */
  readonly message: string;
}

export function pushRefused(code: PushRefusalCode, detail?: string): PushRefusal {
  const message = detail === undefined ? pushRefusals[code] : `${pushRefusals[code]}: ${detail}`;
  return { code, message };
}

type Read<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: PushRefusal };

/** Under this key an object is found; kinds have no colon. */
export function referenceKey({ kind, externalId }: SentReference): string {
  return `${kind}:${externalId}`;
}

export function readReference({ kind, externalId }: SentReference): Read<Reference> {
  if (kind !== "user" && kind !== "group") return invalid("kind is neither user nor group");
  if (externalId === "") return invalid("externalId is empty");
  if (externalId.includes("\0") || !externalId.isWellFormed()) {
    return invalid("externalId holds U+0000 or half a character");
  }
  return { ok: true, value: { kind, externalId } };
}

/** Answers PUSH_INVALID for what no such object can be. */
export function readAccount(sent: SentAccount, types: PushedTypes): Read<WantedAccount> {
  const named = readReference(sent);
  if (!named.ok) return named;
  const { kind, externalId } = named.value;
  if (sent.version !== null && sent.version < 0) return invalid("version is negative");
  const members = readMembers(kind, sent);
  if (!members.ok) return members;
  try {
    const resource = sent.attributes === null
      ? null : readAttributes(types[kind], sent.attributes, externalId);
    const large = tooLarge(kind, resource ?? { externalId });
    if (large !== null) return invalid(`${large} is too large`);
    const { version } = sent;
    return { ok: true, value: { kind, externalId, resource, members: members.value, version } };
  } catch (error) {
    if (error instanceof ScimError) return invalid(error.message);
    throw error;
  }
}

/**
 * Names with a part or a choice (`name.givenName`, `emails[type eq "work"].value`) are laid over
 * the others in the order in which they stand. Throws ScimError, for names of no schema too.
 */
function readAttributes(
  type: ScimResourceType,
  sent: Readonly<Record<string, unknown>>,
  externalId: string,
): Resource {
  const plain: [string, unknown][] = [];
  const steps: object[] = [];
  for (const [name, value] of Object.entries(sent)) {
    if (value === null || name.toLowerCase() === "schemas") continue;
    if (name.toLowerCase() === "members") throw new ScimError(400, "members are said apart");
    if (isPlainName(type, name)) plain.push([name, value]);
    else steps.push({ op: "add", path: name, value });
  }
  const body = { ...Object.fromEntries(plain), schemas: [type.schema.id], externalId };
  const resource = toResource(type, body);
  if (steps.length === 0) return resource;
  return applyPatch(type, resource, parsePatch(type, { schemas: [patchUrn], Operations: steps }));
}

/** An attribute or an extension as a whole. */
function isPlainName(type: ScimResourceType, name: string): boolean {
  if (name.includes("[")) return false;
  const { extension, attribute, sub } = resolvePath(type, name, "invalidPath");
  return sub === null && (extension === null || attribute === null);
}

function readMembers(
  kind: PushedKind,
  { members, addMembers, removeMembers }: SentAccount,
): Read<WantedMembers | null> {
  if (members === null && addMembers === null && removeMembers === null) {
    return { ok: true, value: null };
  }
  if (kind === "user") return invalid("only groups have members");
  if (members !== null && (addMembers ?? removeMembers) !== null) {
    return invalid("members are said whole, or those that come and go");
  }
  const come = readReferences(members ?? addMembers ?? []);
  const leave = readReferences(removeMembers ?? []);
  if (!come.ok) return come;
  if (!leave.ok) return leave;
  const leaving = new Set(leave.value.map(referenceKey));
  if (come.value.some((each) => leaving.has(referenceKey(each)))) {
    return invalid("a member comes and goes at once");
  }
  return { ok: true, value: { isAll: members !== null, come: come.value, leave: leave.value } };
}

function readReferences(sent: readonly SentReference[]): Read<readonly Reference[]> {
  const read: Reference[] = [];
  for (const each of sent) {
    const one = readReference(each);
    if (!one.ok) return one;
    read.push(one.value);
  }
  return { ok: true, value: read };
}

function invalid(detail: string): { readonly ok: false; readonly error: PushRefusal } {
  return { ok: false, error: pushRefused("PUSH_INVALID", detail) };
}
