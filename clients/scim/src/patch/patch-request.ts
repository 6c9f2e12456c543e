import { isObject, membersOf } from "../json.js";
import { badRequest } from "../scim-error.js";
import { commonAttributes } from "../schema/common-attributes.js";
import { findPath } from "../schema/path.js";
import { findAttribute, type ScimResourceType } from "../schema/schema.js";
import { parsePatchPath, type PatchTarget } from "./patch-path.js";

export const patchUrn = "urn:ietf:params:scim:api:messages:2.0:PatchOp";
export const patchOperationsMax = 1_000;

/** One change of one attribute, its path understood; the value is still as it was sent. */
export interface PatchStep {
  readonly op: "add" | "replace" | "remove";
  readonly target: PatchTarget;
  readonly value: unknown;
}

/**
 * The operations of a PATCH, in order, each of one attribute. Takes what Entra and Okta send:
 * `op` in any case, no path with paths as names (`"name.givenName"`, `"emails[…].value"`, URNs),
 * read-only and unknown attributes in a value without a path, which change nothing. Throws
 * invalidSyntax, invalidPath, invalidFilter, noTarget.
 */
export function parsePatch(type: ScimResourceType, body: unknown): readonly PatchStep[] {
  const given = isObject(body) ? membersOf(body) : new Map<string, unknown>();
  const schemas = given.get("schemas");
  const isPatch = Array.isArray(schemas) && schemas.some(
    (each: unknown) => typeof each === "string" && each.toLowerCase() === patchUrn.toLowerCase());
  if (!isPatch) throw badRequest("invalidSyntax", `schemas does not name ${patchUrn}`);
  const operations = given.get("operations");
  if (!Array.isArray(operations) || operations.length === 0) {
    throw badRequest("invalidSyntax", "there are no Operations");
  }
  if (operations.length > patchOperationsMax) {
    throw badRequest("invalidSyntax", `more than ${patchOperationsMax} operations`);
  }
  return operations.flatMap((each: unknown) => stepsOf(type, each));
}

function stepsOf(type: ScimResourceType, operation: unknown): readonly PatchStep[] {
  const given = isObject(operation) ? membersOf(operation) : new Map<string, unknown>();
  const op = opOf(given.get("op"));
  const path = given.get("path");
  const value = given.get("value");
  if (op !== "remove" && value === undefined) {
    throw badRequest("invalidValue", `${op} has no value`);
  }
  if (path === undefined || path === null || path === "") {
    if (op === "remove") throw badRequest("noTarget", "remove has no path");
    return stepsWithoutPath(type, op, value);
  }
  if (typeof path !== "string") throw badRequest("invalidPath", "the path is no text");
  const target = parsePatchPath(type, path);
  if (target.attribute !== null) return [{ op, target, value }];
  return op === "remove"
    ? [{ op, target, value }]
    : partsOf(type, op, target.extension, value);
}

function opOf(op: unknown): PatchStep["op"] {
  const word = typeof op === "string" ? op.toLowerCase() : "";
  if (word === "add" || word === "replace" || word === "remove") return word;
  throw badRequest("invalidSyntax", "op is none of add, replace, remove");
}

/** RFC 7644 §3.5.2.1: the value is an object of attributes. */
function stepsWithoutPath(
  type: ScimResourceType,
  op: "add" | "replace",
  value: unknown,
): readonly PatchStep[] {
  if (!isObject(value)) throw badRequest("invalidSyntax", "without a path the value is an object");
  return Object.entries(value).flatMap(([name, each]) => {
    if (isSpared(type, name)) return [];
    const target = parsePatchPath(type, name);
    if (target.attribute === null) return partsOf(type, op, target.extension, each);
    return target.attribute.mutability === "readOnly" ? [] : [{ op, target, value: each }];
  });
}

/** An extension as a whole: its attributes one by one. */
function partsOf(
  type: ScimResourceType,
  op: "add" | "replace",
  extension: string,
  value: unknown,
): readonly PatchStep[] {
  if (!isObject(value)) throw badRequest("invalidValue", `the value of ${extension} is no object`);
  return Object.entries(value).map(([name, each]) => {
    const target = parsePatchPath(type, `${extension}:${name}`);
    return { op, target, value: each };
  });
}

/**
 * Okta repeats `id` and `schemas` of what it changes, and sends passwords: what is passed over in a
 * resource is passed over here.
 */
function isSpared(type: ScimResourceType, name: string): boolean {
  if (name.toLowerCase() === "schemas") return true;
  const found = findPath(type, name);
  if (found === undefined) return /^[\w$-]+$/.test(name);
  if (found.attribute === null) return false;
  return findAttribute(commonAttributes, name)?.mutability === "readOnly"
    || found.attribute.mutability === "readOnly";
}
