import { hash } from "node:crypto";
import { badRequest, isObject, type ListQuery } from "@joinery/scim";

/** The last resource of a page: its sort key (null where it has none) and its id. */
export interface AfterRow {
  readonly key: string | null;
  readonly id: string;
}

/** Opaque to clients; of use for the same filter and order only (RFC 9865 §2). */
export function toScimCursor(query: ListQuery, row: AfterRow): string {
  return Buffer.from(JSON.stringify([digestOf(query), row.key, row.id])).toString("base64url");
}

/** Throws invalidCursor for what is none of ours, or of another query. */
export function fromScimCursor(query: ListQuery, cursor: string): AfterRow {
  const parts = parsed(cursor);
  const [digest, key, id] = Array.isArray(parts) ? (parts as unknown[]) : [];
  const isKey = key === null || (typeof key === "string" && !key.includes("\0"));
  const isId = typeof id === "string" && uuid.test(id);
  if (digest === digestOf(query) && isKey && isId) return { key, id };
  throw badRequest("invalidCursor", "the cursor is none of this query");
}

const uuid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

function parsed(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, "base64url").toString("utf8"));
  } catch {
    return null;
  }
}

function digestOf({ targets }: ListQuery): string {
  const asked = targets.map(({ type, filter, sort }) => [type.name, filter, sort]);
  const named = JSON.stringify(asked, (_, value: unknown) =>
    (isObject(value) && "mutability" in value ? value["name"] : value));
  return hash("sha256", named, "base64url").slice(0, 16);
}
