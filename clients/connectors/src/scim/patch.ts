import type { ScimDialect } from "./dialects.js";
import { pathOf, type FlatAttribute } from "./flat-attributes.js";
import { jsonOf } from "./flatten.js";
import { asArray, isObject, member, type JsonObject } from "../http/json.js";
import type { ResourceKind } from "./resource-kind.js";
import type { Draft } from "./unflatten.js";

export interface PatchOperation {
  readonly op: string;
  readonly path: string;
  readonly value?: unknown;
}

const patchSchema = "urn:ietf:params:scim:api:messages:2.0:PatchOp";

/** A body of PATCH (RFC 7644 §3.5.2). */
export function patchBody(operations: readonly PatchOperation[]): JsonObject {
  return { schemas: [patchSchema], Operations: operations };
}

export function operation(
  dialect: ScimDialect, op: "add" | "replace" | "remove", path: string, value?: unknown,
): PatchOperation {
  const spelled = dialect.operations === "capital" ? `${op[0]?.toUpperCase()}${op.slice(1)}` : op;
  return { op: spelled, path, ...(value === undefined ? {} : { value }) };
}

/**
 * What makes the one of the other, for these attributes: a part of a complex attribute by itself,
 * a list as a whole, for paths into lists mean something else on each server.
 */
export function operationsBetween(
  dialect: ScimDialect, before: JsonObject, after: JsonObject, flats: readonly FlatAttribute[],
): readonly PatchOperation[] {
  const operations = new Map<string, PatchOperation>();
  for (const flat of flats) {
    const isPart = flat.form === "part";
    const path = isPart ? `${pathOf(flat)}.${flat.part?.name ?? ""}` : pathOf(flat);
    const at = (resource: JsonObject): unknown => {
      const json = jsonOf(resource, flat);
      if (!isPart) return json;
      return isObject(json) ? member(json, flat.part?.name ?? "") : undefined;
    };
    operations.set(path, between(dialect, path, at(before), at(after)));
  }
  return [...operations.values()];
}

function between(
  dialect: ScimDialect, path: string, before: unknown, after: unknown,
): PatchOperation {
  if (after === undefined || after === null) return operation(dialect, "remove", path);
  const isNew = before === undefined || before === null;
  return operation(dialect, isNew ? "add" : "replace", path, after);
}

/** What the server keeps itself, and a password that it should not have shown. */
const never: ReadonlySet<string> = new Set(["meta", "groups", "password", "schemas"]);

/** A resource as PUT and POST take it: with its schemas, without what the server keeps itself. */
export function bodyOf(kind: ResourceKind, draft: Draft): JsonObject {
  const [core = "", ...extensions] = kind.schemas;
  const entries = Object.entries(draft).filter(([key]) => !never.has(key.toLowerCase()));
  const keys = new Set(entries.map(([key]) => key.toLowerCase()));
  const there = asArray(member(draft, "schemas")).filter((id) => typeof id === "string");
  const used = extensions.filter((id) => keys.has(id.toLowerCase()));
  const schemas = new Map([core, ...there, ...used].map((id) => [id.toLowerCase(), id]));
  return { ...Object.fromEntries(entries), schemas: [...schemas.values()] };
}
