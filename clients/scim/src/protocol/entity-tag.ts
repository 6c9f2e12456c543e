import { badRequest, ScimError } from "../scim-error.js";

/** A weak tag of a version: equal where nothing that a client sees differs (RFC 7644 §3.14). */
export function entityTag(version: number): string {
  return `W/"${version}"`;
}

/** Versions that a condition names; `any` for `*`. Null without the header. */
export type Condition = ReadonlySet<number> | "any" | null;

const tag = /^(?:W\/)?"(\d{1,15})"$/;

/** Tags are compared weakly. Throws invalidVers for what is no list of tags (RFC 9110 §13.1). */
export function parseCondition(header: string | undefined): Condition {
  const text = header?.trim() ?? "";
  if (text === "") return null;
  if (text === "*") return "any";
  const versions = text.split(",").map((each) => {
    const trimmed = each.trim();
    const version = tag.exec(trimmed)?.[1];
    if (version !== undefined) return Number(version);
    if (/^(?:W\/)?"[^"]*"$/.test(trimmed)) return -1;
    throw badRequest("invalidVers", "the condition holds no entity tags");
  });
  return new Set(versions);
}

/** `If-Match`: throws 412 when the resource has none of the versions. */
export function checkIfMatch(condition: Condition, version: number): void {
  if (condition === null || condition === "any" || condition.has(version)) return;
  throw new ScimError(412, "the resource has changed since that version");
}

/** `If-None-Match`: whether the client has this version already. */
export function isKnown(condition: Condition, version: number): boolean {
  return condition === "any" || (condition !== null && condition.has(version));
}
