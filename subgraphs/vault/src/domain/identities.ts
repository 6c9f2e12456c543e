import type { Attributes, Contribution, ObjectKind, Origin, Value } from "@joinery/engine";

/** A membership that a group rule wants. */
export interface RuleMembership {
  readonly groupId: string;
  readonly rule: string;
}

/** An identity as the vault holds it, with what is needed to fold it again. */
export interface StoredIdentity {
  readonly id: string;
  readonly kind: ObjectKind;
  readonly label: string;
  readonly attributes: Attributes;
  /** Who won each attribute: see `originMark`. */
  readonly origins: Readonly<Record<string, string>>;
  /** Contributions beside those of accounts: by hand, generated, of the rule that made a group. */
  readonly kept: readonly Contribution[];
  readonly classification: number;
  readonly revision: number;
  readonly state: "active" | "gone";
  /** When a date that was looked at matters next; null: never. */
  readonly nextDueAt: Date | null;
  readonly memberships: readonly RuleMembership[];
}

/** The mapper that made the winning value, or `manual:<who>`, `generated:<what>` where none did. */
export function originMark(origin: Origin): string {
  return origin.mapper ?? `${origin.kind}:${origin.source}`;
}

/** What people call it in lists: the first of the usual names that it has, else its id. */
export function labelOf(id: string, attributes: Attributes): string {
  for (const name of ["displayName", "cn", "name", "fullName"]) {
    const text = textOf(attributes[name]);
    if (text) return text;
  }
  const given = textOf(attributes["givenName"] ?? attributes["firstName"]);
  const family = textOf(attributes["familyName"] ?? attributes["sn"] ?? attributes["lastName"]);
  const both = [given, family].filter((part) => part !== "").join(" ");
  return both === "" ? id : both;
}

function textOf(value: Value | undefined): string {
  const first = Array.isArray(value) ? (value as readonly Value[])[0] : value;
  return typeof first === "string" ? first.slice(0, 200) : "";
}

/** Values before, of the attributes that differ; `null` where there was none. */
export function changedBefore(
  before: Attributes,
  after: Attributes,
  same: (name: string, a: Value | undefined, b: Value | undefined) => boolean,
): Record<string, Value | null> {
  const changed: Record<string, Value | null> = {};
  for (const name of Object.keys(before)) {
    if (!same(name, before[name], after[name])) changed[name] = before[name] ?? null;
  }
  for (const name of Object.keys(after)) {
    if (!(name in before)) changed[name] = null;
  }
  return changed;
}
